#!/usr/bin/env python3
"""Every link and every path that the documentation names leads somewhere in the source tree.

usage: documentation_links_test.py SOURCE_DIR [--elsewhere]     --elsewhere only lists the links out of it
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1]).resolve()
PAGES = [root / "README.md", root / "CONTRIBUTING.md", root / "data/README.md", root / "examples/README.md",
         *sorted((root / "docs").glob("*.md"))]
# A path of the tree in running text; one with letters in capitals is a pattern (src/models/NAME.cpp).
PATH = re.compile(r"(?<![\w/.~-])((?:apps|bench|cmake|configs|data|docs|examples|include|python|scripts|src|tests)/[\w./*-]*\w)")

OF_OTHERS = {"docs/documentation_cnn.md"}  # of BitNetMCU


def anchors(text):
    """Of each heading, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_link(page, target, wrong):
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        wrong.append(f"{page.relative_to(root)}: link to {target}: no such file")
    elif anchor and anchor not in anchors(file.read_text()):
        wrong.append(f"{page.relative_to(root)}: link to {target}: no such heading")


def is_there(path):
    places = [root, root / "src", root / "include/floatsd"]
    return any(any(place.glob(path.rstrip("."))) for place in places)


def main():
    wrong, elsewhere, count = [], set(), 0
    for page in PAGES:
        text = page.read_text()
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            count += 1
            if re.match(r"[a-z]+:", target):
                elsewhere.add(target)
            else:
                check_link(page, target, wrong)
        for path in PATH.findall(text):
            if not re.search(r"[A-Z]{2}", path.replace("README", "").replace("CMakeLists", "")):
                count += 1
                if path not in OF_OTHERS and not is_there(path):
                    wrong.append(f"{page.relative_to(root)}: {path}: no such file")
    for target in sorted(elsewhere):
        print(f"elsewhere: {target}")
    if "--elsewhere" in sys.argv:
        return
    if count < 100:
        wrong.append(f"{count} links and paths found, expected more than a hundred")
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{count} links and paths")


main()
