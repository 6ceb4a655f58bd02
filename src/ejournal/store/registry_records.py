"""What spans schools, each kind with the questions asked of it."""

from __future__ import annotations

from collections.abc import Iterator

from ejournal.ids import AccountId, AuthorityId, GrantId, RequestId, SchoolId
from ejournal.model.access import Account, AuthorityGrant, Binding, Grant, Verified
from ejournal.model.connection import AccessRequest, ReceivedMessage, RequestState
from ejournal.model.directory import Authority, DirectoryEntry
from ejournal.model.identifiers import DisoId, Edrpou
from ejournal.model.permissions import Role
from ejournal.model.school import School
from ejournal.store.repository import Repository

__all__ = [
    "Accounts",
    "Authorities",
    "AuthorityGrants",
    "Bindings",
    "Directory",
    "GrantsInSchools",
    "KnownSchools",
    "Messages",
    "Requests",
]


class Requests(Repository[RequestId, AccessRequest]):
    """Schools' requests to be connected, open and closed."""

    def open_for(self, diso_id: DisoId | None, edrpou: Edrpou | None, /) -> Iterator[AccessRequest]:
        """Yield the open requests of a school known by either code."""
        if diso_id is not None:
            yield from self._rows("diso_id", diso_id, True)  # noqa: FBT003 - the value of a slot
        if edrpou is not None:
            yield from self._rows("edrpou", edrpou, True)  # noqa: FBT003 - the value of a slot

    def in_state(self, state: RequestState, /) -> Iterator[AccessRequest]:
        """Yield the requests in that state, the oldest first."""
        return self._rows("state", state)

    def linked_to(self, request: RequestId, /) -> Iterator[AccessRequest]:
        """Yield the further requests of the same school that were kept beside that one."""
        return self._rows("linked_to", request)


class Messages(Repository[str, ReceivedMessage]):
    """Which Message-ID belongs to which request: received ones, and our own answers."""

    def of_request(self, request: RequestId, /) -> Iterator[ReceivedMessage]:
        """Yield the messages of a request in both directions, the oldest first."""
        return self._rows("request", request)


class Directory(Repository[DisoId, DirectoryEntry]):
    """The state's list of schools."""

    def with_edrpou(self, edrpou: Edrpou, /) -> Iterator[DirectoryEntry]:
        """Yield the entries with that code; the list has duplicates."""
        return self._rows("edrpou", edrpou)

    def of_authority(self, code: str, /) -> Iterator[DirectoryEntry]:
        """Yield the schools that the list puts directly under the authority of that code."""
        return self._rows("authority", code)


class Authorities(Repository[AuthorityId, Authority]):
    """Departments of education, in their hierarchy."""

    def with_code(self, code: str, /) -> Authority | None:
        """Return the authority under that code."""
        return self._one("code", code)

    def below(self, authority: AuthorityId | None, /) -> Iterator[Authority]:
        """Yield the authorities one level down; those of None stand at the top."""
        return self._rows("parent", authority)


class AuthorityGrants(Repository[GrantId, AuthorityGrant]):
    """Roles held outside schools."""

    def of_account(self, account: AccountId, /) -> Iterator[AuthorityGrant]:
        """Yield every grant the account ever held outside schools."""
        return self._rows("account", account)

    def of_role(self, role: Role, /) -> Iterator[AuthorityGrant]:
        """Yield every grant of that role."""
        return self._rows("role", role)


class Accounts(Repository[AccountId, Account]):
    """People who can sign in."""


class Bindings(Repository[tuple[AccountId, str], Binding]):
    """Which proved identity opens which account."""

    def of(self, verified: Verified, /) -> Binding | None:
        """Return what that identity is bound to."""
        return self._one("identity", verified.scheme, verified.subject)


class GrantsInSchools(Repository[GrantId, Grant]):
    """Roles in schools, seen from above and only read."""

    def of_account(self, account: AccountId, /) -> Iterator[tuple[SchoolId, Grant]]:
        """Yield every grant the account ever held in any school, with the school."""
        return self._across("account", account)


class KnownSchools(Repository[SchoolId, School]):
    """The schools that were founded here, seen from above and only read."""

    def with_diso_id(self, diso_id: DisoId, /) -> School | None:
        """Return the school of that ДІСО id."""
        return self._first("diso_id", diso_id)

    def with_edrpou(self, edrpou: Edrpou, /) -> School | None:
        """Return the school of that ЄДРПОУ."""
        return self._first("edrpou", edrpou)

    def of_authority(self, authority: AuthorityId, /) -> Iterator[School]:
        """Yield the schools directly under an authority."""
        return (school for _, school in self._across("authority", authority))

    def everywhere(self) -> Iterator[School]:
        """Yield every school."""
        return (school for _, school in self._across(None))

    def _first(self, name: str, value: object) -> School | None:
        return next((school for _, school in self._across(name, value)), None)
