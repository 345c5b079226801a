"""The commands that the documentation shows, and what makes them short."""
import pathlib
import re
import shlex

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "data/README.md", "examples/README.md",
         *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
TOOLS = {"apt-get", "cc", "cmake", "cmp", "ctest", "export", "mpirun", "pip", "printf", "python3", "tar", "tensorboard"}


def is_command(text):
    words = [word for word in text.split() if not re.match(r"[A-Z_]+=", word)]
    first = words[0] if words else ""
    return (first in TOOLS or first == "floatsd" or first.startswith(("build/", "/usr/bin/")) or
            "/" in first and (ROOT / first).is_file())


def commands(page):
    """Each command in the page's blocks: its line's number, and its text on one line."""
    text, number, fenced = "", 0, False
    for at, line in enumerate((ROOT / page).read_text().splitlines(), 1):
        if line.startswith("```"):
            fenced = not fenced
            continue
        if not (fenced or line.startswith("    ")):
            continue
        if not text:
            number = at
        text = (text + " " + line.strip()).strip()
        if text.endswith("\\"):
            text = text[:-1].strip()
        else:
            if is_command(text):
                yield number, text
            text = ""


def inline_commands(page):
    """Commands within running text."""
    text = re.sub(r"^(```.*?^```|    .*?$)", "", (ROOT / page).read_text(), flags=re.M | re.S)
    return re.findall(r"`(floatsd [a-z][^`]*)`", text)


def words_of(text):
    """The words of a command, without its comment and what stands in brackets, as it may be left out."""
    return [word for word in shlex.split(re.sub(r"\s#.*| \[[^\]]*\]", "", text)) if word != "..."]


def value_of(words, flag):
    return words[words.index(flag) + 1] if flag in words else None


def set_flag(words, flag, value):
    """The flag with that value in the place of what it had, or at the end."""
    if flag in words:
        at = words.index(flag) + 1
        return [*words[:at], value, *words[at + 1:]]
    return [*words, flag, value]
