"""Which packages are built: eval/ and serve/ stand beside the package in the tree and lie inside it when installed.

Everything else is declared in pyproject.toml. This one list is code because a room may be missing from a checkout and
setuptools refuses a declared package without a folder.
"""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent

packages = find_packages(str(ROOT), include=["purchase_agent", "purchase_agent.*"])
package_dir = {}

for room in ("eval", "serve"):
    if (ROOT / room / "__init__.py").is_file():
        package = f"purchase_agent.{room}"
        package_dir[package] = room
        packages += [package, *(f"{package}.{name}" for name in find_packages(str(ROOT / room)))]

# Data only, and never a package: purchase_agent/prompts.py is the module that reads it.
if (ROOT / "prompts").is_dir():
    package_dir["purchase_agent.prompts"] = "prompts"
    packages.append("purchase_agent.prompts")

setup(packages=packages, package_dir=package_dir)
