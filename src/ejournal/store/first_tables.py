"""The tables as the first step made them, word for word, whatever the model says now.

A slot is written `name:kind`, with a question mark where it may hold nothing.
"""

from __future__ import annotations

from ejournal.model.declaration import Lookup
from ejournal.ports import Kind, Slot, Table

__all__ = ["FIRST_TABLES"]


def _table(
    name: str,
    slots: str,
    *,
    key: str,
    lookups: tuple[Lookup, ...] = (),
    unique: tuple[tuple[str, ...], ...] = (),
    order: str = "",
    version: str | None = "version",
) -> Table:
    spelled = (slot.partition(":") for slot in slots.split())
    return Table(
        name,
        tuple(Slot(field, Kind(kind.rstrip("?")), kind[-1] == "?") for field, _, kind in spelled),
        tuple(key.split()),
        lookups,
        unique,
        tuple(order.split()),
        version,
    )


FIRST_TABLES: tuple[Table, ...] = (
    _table(
        "school",
        "id:integer diso_id:integer edrpou:text name:text region:text community:text "
        "short_name:text katottg:text? type:text? authority:integer? journal_system:text "
        "vendor:text state:text version:integer",
        key="id",
        lookups=(
            Lookup("diso_id", ("diso_id",), across=True),
            Lookup("edrpou", ("edrpou",), across=True),
            Lookup("authority", ("authority",), across=True),
        ),
    ),
    _table(
        "grant",
        "id:integer role:text rights:json account:integer? person:integer? since:instant "
        "until:instant? version:integer",
        key="id",
        lookups=(
            Lookup("account", ("account",), across=True),
            Lookup("person", ("person",)),
            Lookup("role", ("role",)),
        ),
    ),
    _table(
        "invitation",
        "id:integer grant:integer name:json address:text generation:integer "
        "expires_at:instant state:text request:integer? account:integer? version:integer "
        "folded_address:text",
        key="id",
        lookups=(
            Lookup("address", ("folded_address", "state")),
            Lookup("grant", ("grant",)),
            Lookup("state", ("state",)),
        ),
    ),
    _table(
        "letter",
        "id:integer kind:text queued_at:instant recipient:text data:json message_id:text "
        "in_reply_to:text state:text settled_at:instant? request:integer? invitation:integer? "
        "version:integer",
        key="id",
        lookups=(
            Lookup("invitation", ("invitation",)),
            Lookup("request", ("request",)),
            Lookup("message", ("message_id",)),
        ),
    ),
    _table(
        "delivery",
        "letter:integer attempts:integer due_at:instant lease_until:instant? holder:text "
        "last_reply:text settled:flag version:integer",
        key="letter",
        lookups=(Lookup("due", ("settled", "due_at"), ranged=True, across=True),),
        order="due_at",
    ),
    _table(
        "school_year",
        "id:integer form:text first_day:date last_day:date semesters:json holidays:json "
        "bells:json version:integer",
        key="id",
        order="first_day",
    ),
    _table(
        "school_class",
        "id:integer year:integer label:json teacher:integer? shift:integer version:integer",
        key="id",
        lookups=(
            Lookup("year", ("year",)),
            Lookup("teacher", ("teacher",)),
        ),
        unique=(("year", "label"),),
    ),
    _table(
        "subgroup",
        "id:integer school_class:integer name:text members:json version:integer",
        key="id",
        lookups=(Lookup("school_class", ("school_class",)),),
    ),
    _table(
        "subject",
        "id:integer name:text short_name:text base:text assessed:text version:integer",
        key="id",
    ),
    _table(
        "staff",
        "id:integer name:json position:text ended:date? version:integer",
        key="id",
    ),
    _table(
        "pupil",
        "id:integer name:json birth_date:date? sex:text? version:integer",
        key="id",
    ),
    _table(
        "guardian",
        "id:integer name:json email:text? phone:json? version:integer",
        key="id",
    ),
    _table(
        "guardianship",
        "id:integer guardian:integer pupil:integer relation:text version:integer",
        key="id",
        lookups=(
            Lookup("guardian", ("guardian",)),
            Lookup("pupil", ("pupil",)),
        ),
        unique=(("guardian", "pupil"),),
    ),
    _table(
        "enrolment",
        "id:integer pupil:integer school_class:integer since:date order_number:text "
        "order_date:date until:date? version:integer",
        key="id",
        lookups=(
            Lookup("pupil", ("pupil",)),
            Lookup("school_class", ("school_class",)),
        ),
        order="since",
    ),
    _table(
        "journal",
        "id:integer year:integer semester:integer school_class:integer subject:integer "
        "subgroup:integer? teacher:integer second_teacher:integer? version:integer",
        key="id",
        lookups=(
            Lookup("school_class", ("school_class",)),
            Lookup("teacher", ("teacher",)),
            Lookup("second_teacher", ("second_teacher",)),
        ),
    ),
    _table(
        "lesson",
        "id:integer journal:integer day:date bell:integer plan_no:integer? topic:text "
        "homework:text homework_to:integer? substitute:integer? version:integer",
        key="id",
        lookups=(
            Lookup("journal", ("journal", "day"), ranged=True),
            Lookup("substitute", ("substitute",)),
        ),
        order="day bell",
    ),
    _table(
        "journal_column",
        "id:integer journal:integer kind:text lesson:integer? day:date? title:text "
        "group:integer? version:integer",
        key="id",
        lookups=(
            Lookup("journal", ("journal",)),
            Lookup("lesson", ("lesson",)),
        ),
    ),
    _table(
        "mark",
        "journal:integer column:integer pupil:integer day:date? value:text comment:text "
        "author:integer? given_at:instant version:integer",
        key="journal column pupil",
        lookups=(
            Lookup("journal", ("journal",)),
            Lookup("pupil", ("pupil", "day"), ranged=True),
            Lookup("undated", ("pupil", "day")),
        ),
    ),
    _table(
        "absence",
        "journal:integer lesson:integer pupil:integer day:date code:text? "
        "minutes_late:integer excuse:text author:integer? recorded_at:instant version:integer",
        key="journal lesson pupil",
        lookups=(
            Lookup("journal", ("journal",)),
            Lookup("pupil", ("pupil", "day"), ranged=True),
        ),
    ),
    _table(
        "access_request",
        "id:integer state:text received_at:instant expires_at:instant items:json flaws:json "
        "found:json sender:text? subject:text text:text message_id:text reviewer:integer? "
        "linked_to:integer? school:integer? decision:json? rejection:text? "
        "delivery_problem:text? clarifications:json version:integer diso_id:integer? "
        "edrpou:text? is_open:flag",
        key="id",
        lookups=(
            Lookup("diso_id", ("diso_id", "is_open")),
            Lookup("edrpou", ("edrpou", "is_open")),
            Lookup("state", ("state",)),
            Lookup("linked_to", ("linked_to",)),
        ),
    ),
    _table(
        "received_message",
        "message_id:text request:integer received_at:instant direction:text sender:text? "
        "text:text version:integer",
        key="message_id",
        lookups=(Lookup("request", ("request",)),),
        order="received_at",
    ),
    _table(
        "directory_entry",
        "diso_id:integer edrpou:text? name:text region:text community:text katottg:text? "
        "authority:text journal_system:text version:integer",
        key="diso_id",
        lookups=(
            Lookup("edrpou", ("edrpou",)),
            Lookup("authority", ("authority",)),
        ),
    ),
    _table(
        "authority",
        "id:integer code:text level:text name:text region:text parent:integer? email:text? "
        "version:integer",
        key="id",
        lookups=(
            Lookup("code", ("code",)),
            Lookup("parent", ("parent",)),
        ),
        unique=(("code",),),
    ),
    _table(
        "authority_grant",
        "id:integer role:text account:integer authority:integer? since:instant until:instant? "
        "version:integer",
        key="id",
        lookups=(
            Lookup("account", ("account",)),
            Lookup("role", ("role",)),
        ),
    ),
    _table(
        "account",
        "id:integer name:json email:text created_at:instant version:integer",
        key="id",
    ),
    _table(
        "binding",
        "account:integer scheme:text subject:text bound_at:instant version:integer",
        key="account scheme",
        lookups=(Lookup("identity", ("scheme", "subject")),),
        unique=(("scheme", "subject"),),
    ),
    _table(
        "credential",
        "login:text hash:text version:integer",
        key="login",
    ),
    _table(
        "throttle",
        "name:text failures:integer since:instant version:integer",
        key="name",
    ),
    _table(
        "head",
        "id:integer seq:integer hash:text",
        key="id",
        lookups=(Lookup("everywhere", (), across=True),),
        version="seq",
    ),
    _table(
        "entry",
        "seq:integer at:instant event:text once:text? hash:text body:json",
        key="seq",
        lookups=(Lookup("once", ("once",)),),
        unique=(("once",),),
        version=None,
    ),
    _table(
        "personal",
        "seq:integer number:integer kind:text record:json field:text salt:text text:json",
        key="seq number",
        lookups=(Lookup("record", ("kind", "record")),),
        version=None,
    ),
)
