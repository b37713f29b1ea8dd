"""What shoppers allow by the newest word on it: a no in a later run counts, whatever run is asked for."""


def allowed_since(number: str, who: str = "true") -> str:
    """A query of all who stand in a finished run later than one; nobody, and little to do, where that is the newest.

    Its columns: ``shopper_id``, ``allowed`` (marketing), ``refused`` (analysis), ``newest`` (that run's number).

    Args:
        number: the placeholder of that run's number, such as ``?``.
        who: which rows of ``predictions``, in SQL of ours.
    """
    return (
        "SELECT predictions.shopper_id, arg_max(marketing AND status <> 'refused_consent', runs.number) AS allowed,"  # noqa: S608
        " arg_max(status = 'refused_consent', runs.number) AS refused, max(runs.number) AS newest"
        f" FROM predictions JOIN runs USING (run_id) WHERE runs.finished_at IS NOT NULL AND runs.number > {number}"
        f" AND {who} GROUP BY predictions.shopper_id"
    )
