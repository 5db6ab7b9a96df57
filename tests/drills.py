"""Every way a run or a request can end badly, and the test that makes it happen.

A code without a drill is a promise nobody has tried. `tests/unit/test_drills.py` holds the table to the taxonomy.
"""

from mycoderai.schemas.failure import FailureCode

DRILLS: dict[FailureCode, str] = {
    FailureCode.BEYOND_MODEL: "test_repair_runs.py::test_what_cannot_be_repaired_is_said_in_words",
    FailureCode.NOTHING_FAILING: "test_repair_runs.py::test_what_cannot_be_repaired_is_said_in_words",
    FailureCode.NO_TESTS: "test_repair_runs.py::test_what_cannot_be_repaired_is_said_in_words",
    FailureCode.NOT_IMPORTABLE: "test_repair_runs.py::test_what_cannot_be_repaired_is_said_in_words",
    FailureCode.OUT_OF_TIME: "test_drills_work.py::test_a_step_that_used_up_its_time",
    FailureCode.TURN_LIMIT: "test_drills_work.py::test_a_step_that_used_up_its_turns",
    FailureCode.BUDGET: "test_budget_runs.py::test_a_run_ends_when_its_next_model_call_may_cost_more_than_is_left",
    FailureCode.GATE_REFUSED: "test_drills_team.py::test_work_that_is_handed_over_without_proof",
    FailureCode.REVIEW_REJECTED: "test_drills_team.py::test_a_review_that_is_never_satisfied",
    FailureCode.STUCK: "test_drills_work.py::test_a_step_that_goes_in_circles_whatever_it_is_told",
    FailureCode.BAD_PLAN: "test_drills_team.py::test_a_plan_that_cannot_be_carried_out",
    FailureCode.MERGE_CONFLICT: "test_planned_runs.py::test_a_conflict_is_resolved_by_a_step_of_its_own",
    FailureCode.DENIED: "test_drills_team.py::test_a_plan_that_a_person_denies",
    FailureCode.UNKNOWN_MODEL: "test_agent_gate.py::test_an_unknown_model_says_which_there_are",
    FailureCode.UNKNOWN_ROLE: "test_roles_fleet.py::test_a_role_file_with_an_error_fails_the_run_and_names_the_line",
    FailureCode.NO_POOL: "test_drills_team.py::test_a_plan_that_requires_what_no_pool_has",
    FailureCode.MODEL_ERROR: "test_agent_gate.py::test_answers_without_tool_calls_end_in_a_typed_failure",
    FailureCode.MODEL_AUTH: "test_model_faults.py::test_what_cannot_pass_is_refused_at_once",
    FailureCode.MODEL_QUOTA: "test_model_faults.py::test_what_cannot_pass_is_refused_at_once",
    FailureCode.MODEL_UNAVAILABLE: "test_model_faults.py::test_no_connection_is_unavailability",
    FailureCode.MODEL_REFUSED: "test_drills_work.py::test_a_model_that_declines_again_and_again",
    FailureCode.CONTEXT_OVERFLOW: "test_drills_work.py::test_a_task_that_does_not_fit_any_window",
    FailureCode.HANDLER_ERROR: "test_own_handlers.py::test_a_handler_that_breaks_is_tried_again_and_then_fails_the_run",
    FailureCode.ATTEMPTS_EXHAUSTED: "test_drills_team.py::test_a_step_whose_worker_is_lost_too_often",
    FailureCode.WORKSPACE: "test_drills_work.py::test_a_repository_that_is_not_there",
    FailureCode.BAD_SUBMISSION: "test_drills_work.py::test_a_task_without_a_repository",
    FailureCode.REPLAY_DIVERGED: "test_drills_work.py::test_a_replay_on_other_code",
    FailureCode.CANCELLED: "test_drills_team.py::test_a_run_that_somebody_cancels",
    FailureCode.UNKNOWN_RUN: "test_memory_query.py::test_an_unknown_run_is_refused_with_what_to_do",
    FailureCode.AMBIGUOUS_RUN: "test_memory_query.py::test_a_beginning_of_several_ids_is_refused_with_the_ids",
}
"""Where the test is, below `tests/integration`."""

NOT_AN_END = {
    FailureCode.ISOLATION_UNAVAILABLE: "An executor that cannot confine code does not start; no run gets to it.",
}
"""Codes that end neither a run nor a request, and why."""
