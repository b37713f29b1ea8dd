"""Licences of the sets that shipped models of events are trained on, as model cards name them."""

LICENCES = {
    "online-retail": "CC BY 4.0 (UCI Online Retail, D. Chen 2015)",
    "cdnow": "research data, no explicit licence (Fader and Hardie 2001)",
    "grocery": "GPL-3 (data of an R package)",
    "simulated": "own: training/simulate.py",
}
