"""The state table: what follows what, by whom, and that the record never lies."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.applications.errors import IllegalTransition
from services.applications.model import (
    STATES,
    TRANSITIONS,
    Actor,
    Application,
    CertificateResult,
    Change,
    DeskAnswer,
    DeskStatus,
    NoteCode,
    Reason,
    State,
    path_to,
)
from services.kernel.principal import Subject, SubjectKind

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CERTIFICATE = CertificateResult("INSURED_PROOF", {}, "x", date(2026, 11, 23), None, "x", NOW)


def application(state: State = State.DRAFT) -> Application:
    owner = Subject(SubjectKind.PERSON, "p")
    return Application("a", "SQ-1", "YB-010", "n", "YBJ", "YB-CORE", "371502", owner, "p", {}, True, 0, NOW, NOW, state)


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_told_and_has_its_steps(state: State) -> None:
    assert STATES[state].label
    assert STATES[state].sentence.endswith("。")
    assert STATES[state].final == (not TRANSITIONS[state])


def test_every_state_is_reached_from_a_draft_and_can_end() -> None:
    reached, todo = {State.DRAFT}, [State.DRAFT]
    while todo:
        for after in TRANSITIONS[todo.pop()]:
            if after not in reached:
                reached.add(after)
                todo.append(after)
    assert reached == set(State)
    ending = {state for state in State if STATES[state].final}
    for _ in State:
        ending |= {state for state in State if set(TRANSITIONS[state]) & ending}
    assert ending == set(State)


def test_a_citizen_can_withdraw_until_the_decision_and_never_after() -> None:
    able = {state for state in State if State.WITHDRAWN in TRANSITIONS[state]}
    assert able == {
        State.DRAFT,
        State.SUBMITTED,
        State.CORRECTION_ASKED,
        State.ACCEPTED,
        State.IN_REVIEW,
        State.SPECIAL_PROCEDURE,
    }


@given(st.lists(st.tuples(st.sampled_from(list(State)), st.sampled_from(list(Actor))), max_size=30))
def test_whatever_is_tried_only_steps_of_the_table_are_taken_and_each_is_recorded(
    tries: list[tuple[State, Actor]],
) -> None:
    change, states = Change(application()), [State.DRAFT]
    for to, actor in tries:
        before = change.application
        if TRANSITIONS[before.state].get(to) is actor:
            change.move(to, actor, NOW)
            states.append(to)
        else:
            with pytest.raises(IllegalTransition):
                change.move(to, actor, NOW)
            assert change.application == before
    assert change.application.version == len(change.events) == len(states) - 1
    assert [event.sequence for event in change.events] == list(range(1, len(states)))
    assert [event.state for event in change.events] == states[1:]
    assert (change.application.closed_at is not None) == change.application.final
    assert change.expected_version == 0


@given(st.sampled_from(list(State)), st.sampled_from(list(DeskStatus)), st.booleans())
def test_whatever_a_department_answers_leads_along_the_table_and_a_second_time_nowhere(
    state: State, status: DeskStatus, certified: bool
) -> None:
    if state in (State.DRAFT, State.CORRECTION_ASKED):
        return  # not with the department
    answer = DeskAnswer(status, Reason("X", "x"), CERTIFICATE if certified else None)
    change = Change(application(state))
    for step in path_to(state, answer):
        change.move(step, TRANSITIONS[change.application.state][step], NOW)
    assert list(path_to(change.application.state, answer)) == []
    if STATES[state].final:
        assert change.events == []
    elif status is DeskStatus.APPROVED and state not in (State.DECIDED, State.CERTIFICATE_MADE, State.DELIVERED):
        assert change.application.state is State.CLOSED
        assert (State.CERTIFICATE_MADE in [event.state for event in change.events]) == certified


def test_a_refusal_before_acceptance_is_no_acceptance_and_after_it_a_denial() -> None:
    refused = DeskAnswer(DeskStatus.REFUSED, Reason("X", "x"))
    assert list(path_to(State.SUBMITTED, refused)) == [State.REFUSED]
    assert list(path_to(State.ACCEPTED, refused)) == [State.DENIED]
    assert list(path_to(State.SPECIAL_PROCEDURE, refused)) == [State.IN_REVIEW, State.DENIED]


def test_a_note_tells_something_and_leaves_the_state_alone() -> None:
    change = Change(application(State.SUBMITTED))
    change.note(NoteCode.DEPARTMENT_SILENT, "部门没有响应。", NOW + timedelta(minutes=1))
    assert change.application.state is State.SUBMITTED
    assert (change.events[0].sequence, change.events[0].reason_code) == (1, "DEPARTMENT_SILENT")
