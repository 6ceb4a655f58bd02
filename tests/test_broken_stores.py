"""A contract is worth what it catches: each broken store fails by name, the sound one passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import broken_answers  # noqa: F401 - it registers its stores
import pytest
from broken_stores import BROKEN, SpoiledStore
from hypothesis import Phase, given, settings

from ejournal.store import Store
from ejournal.testing import storage

KIT: dict[str, Callable[..., None]] = {name: getattr(storage, name) for name in storage.__all__}

# They spend a second on pauses and ask nothing of the storage but `begin`.
SLOW = {
    "test_a_fault_that_stays_is_raised_in_the_end",
    "test_no_later_fault_hides_that_an_outcome_is_not_known",
}


# What no broken storage is needed for: it is written once, above every storage.
ABOVE = {
    "a_fault_that_stays_is_raised_in_the_end",
    "a_key_that_is_too_long_for_some_storage_is_refused_on_each",
    "a_number_that_no_entry_can_have_is_refused_by_its_name",
    "a_refusal_is_not_tried_again",
    "a_unit_of_which_nobody_knows_whether_it_was_kept_is_not_run_again",
    "a_unit_without_writes_leaves_the_ledger_as_it_was",
    "an_empty_storage_holds_nothing",
    "get_raises_missing_and_find_returns_none",
    "housekeeping_cannot_write_to_the_ledger",
    "no_later_fault_hides_that_an_outcome_is_not_known",
    "schools_are_opened_in_the_order_of_their_ids",
}

CAUGHT: dict[str, set[str]] = {
    "UpdateComparesNoVersion": {
        "housekeeping_keeps_records_by_versions_of_their_own",
        "the_second_to_save_is_refused_and_told_what_is_stored",
        "update_replaces_the_whole_row_and_compares_the_version",
    },
    "UpdateAddsWhatIsNotThere": {
        "saving_what_was_never_kept_is_refused",
        "update_of_a_row_that_is_not_there_adds_none",
    },
    "UpdateLeavesWhatBecameNone": {
        "update_replaces_the_whole_row_and_compares_the_version",
    },
    "UpdateTouchesEverySchool": {
        "update_touches_the_row_of_its_school_only",
    },
    "InsertReplaces": {
        "a_record_is_not_moved_to_a_key_that_is_taken",
        "insert_refuses_an_address_that_is_taken",
        "insert_refuses_one_address_twice_in_one_call",
        "the_second_to_add_is_refused",
    },
    "InsertOfManyStopsHalfway": {
        "insert_of_many_adds_none_where_one_is_a_duplicate",
        "insert_refuses_one_address_twice_in_one_call",
        "pour_keeps_all_or_none",
    },
    "IndexesHoldAKilobyte": {
        "keys_of_the_greatest_length_are_kept",
    },
    "LastOfTwoInOneInsertWins": {
        "insert_refuses_one_address_twice_in_one_call",
    },
    "InsertWantsAtLeastOneRow": {
        "a_reading_unit_refuses_to_write",
        "a_unit_commits_when_it_is_left_and_numbers_its_entry",
        "a_unit_that_fails_leaves_neither_rows_nor_entries",
        "insert_of_no_rows_changes_nothing",
    },
    "InsertAllowsTwins": {
        "insert_refuses_a_unique_group_that_is_taken",
    },
    "UpdateAllowsTwins": {
        "update_refuses_a_unique_group_that_another_row_holds",
    },
    "TwinsAreRefusedAcrossSchools": {
        "a_repeat_under_one_key_returns_what_the_first_call_made",
        "a_unique_group_is_unique_within_its_school_only",
    },
    "DuplicateNamesTheKeyAlways": {
        "insert_refuses_a_unique_group_that_is_taken",
    },
    "DuplicateNamesTheFirstRow": {
        "insert_of_many_adds_none_where_one_is_a_duplicate",
    },
    "DeleteDoesNothing": {
        "a_transaction_sees_its_own_writes",
        "delete_removes_one_row_and_says_whether_there_was_one",
    },
    "DeleteSaysYesAlways": {
        "delete_removes_one_row_and_says_whether_there_was_one",
    },
    "DeleteEmptiesTheTable": {
        "delete_removes_one_row_and_says_whether_there_was_one",
    },
    "DeleteReachesEverySchool": {
        "delete_removes_one_row_and_says_whether_there_was_one",
    },
    "DeletesComeBeforeInserts": {
        "a_record_that_moves_stands_under_its_new_key_alone",
    },
    "APlaceThatWasLeftStaysTaken": {
        "a_place_that_a_record_left_can_be_taken_again",
    },
    "DeletesAreNotRolledBack": {
        "a_move_is_rolled_back_with_its_unit",
        "what_is_left_by_an_exception_leaves_no_trace",
    },
    "EntriesForgetWhereARecordStood": {
        "the_history_of_a_record_goes_along_when_it_moves",
    },
    "HeadsStayWhereTheyBegan": {
        "the_feed_is_read_in_the_order_of_numbers_from_where_one_stopped",
        "what_was_written_proves_itself",
    },
    "EntriesForgetTheirOnceKey": {
        "a_repeat_under_one_key_returns_what_the_first_call_made",
    },
    "OwnWritesAreSeenLater": {
        "a_transaction_sees_its_own_writes",
    },
    "AColumnIsDropped": {
        "a_row_is_read_at_its_address_after_the_commit",
        "a_storage_can_be_used_after_a_rollback",
        "insert_refuses_an_address_that_is_taken",
    },
    "WholeNumbersBecomeDoubles": {
        "whole_numbers_of_64_bits_come_back_as_they_are",
    },
    "TextIsNormalised": {
        "text_comes_back_letter_by_letter",
        "text_is_ordered_by_code_point",
    },
    "TextLosesSpacesAtItsEnd": {
        "text_comes_back_letter_by_letter",
    },
    "TextEndsAtTwentyLetters": {
        "text_comes_back_letter_by_letter",
    },
    "FlagsBecomeNumbers": {
        "flags_come_back_as_flags",
        "instants_come_back_aware_and_to_the_millisecond",
    },
    "DatesBecomeInstants": {
        "a_ranged_question_passes_over_rows_without_a_value",
        "a_row_is_read_at_its_address_after_the_commit",
        "a_storage_can_be_used_after_a_rollback",
    },
    "DatesBeforeTheEpochAreMoved": {
        "dates_of_all_years_come_back",
    },
    "InstantsLoseMilliseconds": {
        "instants_come_back_aware_and_to_the_millisecond",
        "what_was_written_proves_itself",
    },
    "InstantsLoseTheirZone": {
        "a_question_for_none_finds_rows_without_a_value",
        "flags_come_back_as_flags",
        "keys_of_several_fields_are_ordered_field_by_field",
    },
    "JsonIsSpelledAnew": {
        "json_comes_back_byte_for_byte",
        "two_events_of_one_unit_are_two_entries_and_one_commit",
        "what_was_written_proves_itself",
    },
    "OnlyKeysAreOrdered": {
        "a_question_across_schools_says_whose_each_row_is",
        "an_answer_is_what_a_plain_search_of_all_rows_gives",
        "rows_come_in_the_tables_order_then_by_key",
    },
    "TiesAreNotBroken": {
        "insert_of_many_adds_none_where_one_is_a_duplicate",
        "rows_come_in_the_tables_order_then_by_key",
        "what_is_left_by_an_exception_leaves_no_trace",
    },
    "KeysAreOrderedAsText": {
        "a_key_of_several_fields_can_be_gone_behind",
        "an_answer_is_not_disturbed_by_writing_while_it_is_read",
        "keys_of_several_fields_are_ordered_field_by_field",
    },
    "TextIsOrderedWithoutCase": {
        "text_is_ordered_by_code_point",
    },
    "TextIsOrderedByUtf16": {
        "text_is_ordered_by_code_point",
    },
    "SchoolsComeAsTheyWereMade": {
        "rows_alike_in_two_schools_come_in_the_order_of_the_schools",
    },
    "ReadReachesEverySchool": {
        "a_repeat_under_one_key_returns_what_the_first_call_made",
        "a_school_cannot_see_another_schools_records",
        "heads_name_every_chain_that_has_entries",
    },
    "AnswersComeFromEverySchool": {
        "a_school_cannot_see_another_schools_records",
        "a_unique_group_is_unique_within_its_school_only",
        "json_comes_back_byte_for_byte",
    },
    "AcrossSchoolsMeansOne": {
        "a_question_across_schools_says_whose_each_row_is",
        "heads_name_every_chain_that_has_entries",
        "the_registry_and_schools_commit_together",
    },
    "NobodySaysWhoseARowIs": {
        "a_question_across_schools_says_whose_each_row_is",
        "heads_name_every_chain_that_has_entries",
        "the_registry_and_schools_commit_together",
    },
    "TheLimitIsIgnored": {
        "an_answer_begins_behind_a_key_and_ends_at_a_limit",
        "the_feed_is_read_in_the_order_of_numbers_from_where_one_stopped",
    },
    "ALimitOfNoneMeansAll": {
        "an_answer_begins_behind_a_key_and_ends_at_a_limit",
    },
    "TheStartIsIgnored": {
        "the_feed_is_asked_behind_any_number_of_63_bits",
        "a_key_of_several_fields_can_be_gone_behind",
        "an_answer_begins_behind_a_key_and_ends_at_a_limit",
        "the_feed_is_read_in_the_order_of_numbers_from_where_one_stopped",
    },
    "TheStartIsIncluded": {
        "a_key_of_several_fields_can_be_gone_behind",
        "an_answer_begins_behind_a_key_and_ends_at_a_limit",
        "the_feed_is_read_in_the_order_of_numbers_from_where_one_stopped",
    },
    "TheStartIsComparedByItsFirstField": {
        "a_key_of_several_fields_can_be_gone_behind",
    },
    "TheEndOfARangeIsLeftOut": {
        "a_question_across_schools_says_whose_each_row_is",
        "a_ranged_question_includes_both_ends",
        "rows_of_other_schools_are_not_among_the_answers",
    },
    "TheStartOfARangeIsLeftOut": {
        "a_ranged_question_includes_both_ends",
        "rows_alike_in_two_schools_come_in_the_order_of_the_schools",
        "rows_of_other_schools_are_not_among_the_answers",
    },
    "ARangeTakesItsEndsInAnyOrder": {
        "a_ranged_question_includes_both_ends",
        "an_answer_is_what_a_plain_search_of_all_rows_gives",
    },
    "ARangeTakesRowsWithoutAValue": {
        "a_ranged_question_passes_over_rows_without_a_value",
    },
    "ARangeIgnoresItsOtherFields": {
        "a_question_across_schools_says_whose_each_row_is",
        "a_ranged_question_includes_both_ends",
        "an_answer_is_what_a_plain_search_of_all_rows_gives",
    },
    "NothingEqualsNone": {
        "a_question_for_none_finds_rows_without_a_value",
    },
    "AnAnswerIsReadWhileItIsGiven": {
        "an_answer_is_not_disturbed_by_writing_while_it_is_read",
    },
    "NothingIsRolledBack": {
        "a_fault_that_may_be_retried_runs_the_use_case_again",
        "a_write_without_an_event_is_rolled_back",
        "what_is_left_by_an_exit_of_the_process_leaves_no_trace",
    },
    "AnExitOfTheProcessCommits": {
        "what_is_left_by_an_exit_of_the_process_leaves_no_trace",
    },
    "ARollbackIsTheEnd": {
        "a_fault_that_may_be_retried_runs_the_use_case_again",
        "a_storage_can_be_used_after_a_rollback",
    },
    "NobodyWaitsForAWriter": {
        "a_writer_waits_until_the_one_before_has_ended",
        "of_many_writers_of_one_school_none_loses_an_update",
    },
    "ReadersWaitForWriters": {
        "readers_wait_for_nobody",
    },
    "ReadersSeeWhatIsNotCommitted": {
        "a_reader_does_not_see_what_is_not_committed",
    },
    "ReadersSeeEveryCommit": {
        "a_reader_keeps_seeing_the_state_it_began_with",
    },
    "LockingTwiceCommits": {
        "the_registry_and_schools_fail_together",
    },
    "LockingTwiceIsRefused": {
        "taking_the_head_again_in_one_transaction_waits_for_nobody",
    },
    "LockingGivesNoHead": {
        "the_feed_is_read_in_the_order_of_numbers_from_where_one_stopped",
        "taking_the_head_tells_where_the_chain_ends",
    },
    "AnswersWaitToBeRead": {
        "an_answer_is_of_the_moment_it_was_asked",
    },
    "ManyAreReadInEverySchool": {
        "many_addresses_are_read_at_once",
    },
    "ManyAreReadAsOftenAsAsked": {
        "many_addresses_are_read_at_once",
    },
    "ManyValuesForgetTheRest": {
        "a_question_is_asked_for_many_values_at_once",
    },
    "OnlyTheFirstOfManyValuesIsAsked": {
        "a_question_is_asked_for_many_values_at_once",
    },
    "TallyLosesOneOfEach": {
        "a_transaction_counts_what_it_wrote",
        "rows_are_counted_by_what_stands_in_their_slots",
    },
    "TallyCountsOtherSchools": {
        "rows_are_counted_by_what_stands_in_their_slots",
    },
    "SpelledOutOfOrder": {
        "rows_are_spelled_as_text_in_the_tables_order",
    },
    "SpelledAsPythonPrints": {
        "rows_are_spelled_as_text_in_the_tables_order",
    },
}


def arguments_of(test: Callable[..., None]) -> list[dict[str, object]]:
    """The arguments of each case of a test beside the store."""
    marks: list[pytest.Mark] = getattr(test, "pytestmark", [])
    for mark in marks:
        if mark.name == "parametrize":
            name, values = mark.args
            return [{name: value} for value in values]
    return [{}]


def plainly(test: Callable[..., None]) -> Callable[..., None]:
    """A property without shrinking and without a memory, so that it fails soon and alone."""
    handle: Any = getattr(test, "hypothesis", None)
    if handle is None:
        return test
    quick = settings(
        max_examples=25, database=None, phases=[Phase.explicit, Phase.generate], derandomize=True
    )
    run: Callable[..., None] = quick(given(**handle._given_kwargs)(handle.inner_test))
    return run


def caught(make: Callable[[], Store]) -> set[str]:
    """The names of the tests that fail over new stores of that make."""
    return {
        name
        for name, test in KIT.items()
        if name not in SLOW and any(fails(test, make(), case) for case in arguments_of(test))
    }


def fails(test: Callable[..., None], store: Store, arguments: dict[str, object]) -> bool:
    try:
        plainly(test)(store=store, **arguments)
    except (Exception, pytest.fail.Exception):  # noqa: BLE001 - a broken store fails in any way
        return True
    return False


def test_at_least_ten_stores_are_broken_and_each_has_its_tests() -> None:
    assert len(BROKEN) >= 10
    assert {name for name, tests in CAUGHT.items() if tests} == set(BROKEN)


def test_every_test_of_the_contract_catches_somebody() -> None:
    named = set().union(*CAUGHT.values())
    assert {f"test_{name}" for name in named | ABOVE} == set(KIT)
    assert not named & ABOVE


def test_a_sound_store_behind_the_same_wrapping_is_not_caught() -> None:
    assert caught(SpoiledStore) == set()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_store_is_caught(name: str) -> None:
    assert {f"test_{test}" for test in CAUGHT[name]} <= caught(BROKEN[name])
