from purchase_agent.eval import insight_questions


def test_what_was_missed_is_said_to_be_of_the_sets_that_judge(monkeypatch):
    """Two of the files judge, and one of them is another writer's: neither name is that of both."""
    question = insight_questions.read_questions("third_writer")[0]
    monkeypatch.setattr(insight_questions, "read_questions", lambda _: [question])
    assert "Judging sets, not as expected:" in insight_questions.report(["third_writer"])
