"""The predictor over HTTP (extra ``web``): ``purchase-agent web``, or ``create_app`` of ``web.app`` to embed."""
