"""Stands for an engine: lives as told, one plan a life, and "answers" by writing the time to a file.

    python fake_engine.py FOLDER PLAN[,PLAN...]

A plan is made of words joined by ``+``: ``fine``, ``slow`` (0.6 s until the first answer), ``dies`` (at once, status
3), ``crashes`` (after 0.5 s, status 7), ``hangs`` (after 0.5 s), ``mute`` (never answers), ``stubborn`` (no SIGTERM),
``helper`` (starts another process).
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

folder, plans = pathlib.Path(sys.argv[1]), sys.argv[2].split(",")
life = len(list(folder.glob("life*")))
plan = plans[min(life, len(plans) - 1)].split("+")
(folder / f"life{life}").write_text(str(os.getpid()))
sys.stdout.write("INFO Starting to load model tiny...\n")
sys.stdout.flush()
if "stubborn" in plan:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "helper" in plan:
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (folder / "helper").write_text(str(helper.pid))
if "dies" in plan:
    sys.stdout.write("OSError: [Errno 98] Address already in use \x1b[31m\n")
    sys.exit(3)
began = time.monotonic()
while True:
    lived = time.monotonic() - began
    if "crashes" in plan and lived > 0.5:
        os._exit(7)
    if not ("mute" in plan or ("slow" in plan and lived < 0.6) or ("hangs" in plan and lived > 0.5)):
        (folder / "writing").write_text(str(time.monotonic()))
        (folder / "writing").rename(folder / "answer")
    time.sleep(0.02)
