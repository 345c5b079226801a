#!/usr/bin/env python3
"""Pages and pictures of reports, parsed strictly and looked at in a real browser.

usage: pages_test.py WRITE_SAMPLE_REPORTS [unittest arguments]

Exits with 77 if there is no Chromium. FLOATSD_SCREENSHOTS names a folder to leave pictures in.
"""
import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

from browser import Browser, find_browser

WRITER = pathlib.Path(sys.argv.pop(1)).resolve()
CHECKS = pathlib.Path(__file__).with_name("page_checks.js").read_text()
SETTINGS = [(width, scheme) for width in (400, 1600) for scheme in ("light", "dark")]
IN_ALL_SETTINGS = ("ordinary", "hostile", "compared")  # the others narrow and light, wide and dark
VOID = {"meta", "img", "br"}
BROKEN = """<!DOCTYPE html><body style="background:#fff"><p style="width:3000px">wide</p><p style="color:#ccc">pale</p>
<svg width="100" height="40" aria-label="crowded"><text x="0" y="20">one text</text><text x="5" y="22">other</text>
<text x="90" y="30">leaves it</text><rect class="mark" width="0" height="0"/></svg>"""


class Strict(html.parser.HTMLParser):
    """Every element that begins ends, in order; ids are there once; links lead somewhere."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.wrong, self.ids, self.links, self.tags = [], [], [], [], set()
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append(f"never ended: {self.open}")

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        names = [name for name, _ in attributes]
        if len(names) != len(set(names)):
            self.wrong.append(f"{tag} has an attribute twice: {names}")
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src"):
                self.links.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-pages-"))
        subprocess.run([WRITER, cls.folder], check=True, timeout=60)
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        shutil.rmtree(cls.folder)

    def test_pages_are_well_formed_and_hold_no_script_and_no_link_to_elsewhere(self):
        for page in sorted(self.folder.glob("*.html")):
            with self.subTest(page.name):
                text = page.read_text(encoding="utf-8")
                parsed = Strict(text)
                self.assertEqual(parsed.wrong, [])
                self.assertEqual(len(parsed.ids), len(set(parsed.ids)))
                self.assertNotIn("script", parsed.tags)
                for link in parsed.links:
                    self.assertTrue(link.startswith("data:image/png;base64,") or link[1:] in parsed.ids, link[:80])
                self.assertNotRegex(text, r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)")
                for drawing in re.findall(r"<svg.*?</svg>", text, re.S)[:400]:
                    xml.etree.ElementTree.fromstring(drawing)

    def test_pictures_are_well_formed(self):
        for picture in sorted(self.folder.glob("*.svg")):
            xml.etree.ElementTree.parse(picture)

    def test_a_large_run_stays_below_three_megabytes(self):
        self.assertLess((self.folder / "large.html").stat().st_size, 3e6)

    def test_the_checks_find_what_is_wrong(self):
        page = self.folder / "broken.htm"
        page.write_text(BROKEN)
        self.browser.open(page, 400, "light")
        found = "\n".join(self.browser.run(CHECKS))
        for wrong in ("the page is 3", "P 'wide' leaves the page", "'leaves it' leaves the drawing 'crowded'", "overlap in 'crowded'",
                      "the drawing 'crowded' is empty", "P 'pale' has a contrast of 1.6"):
            self.assertIn(wrong, found)

    def test_nothing_overflows_overlaps_is_empty_or_pale_in_a_browser(self):
        shots = os.environ.get("FLOATSD_SCREENSHOTS")
        for page in sorted([*self.folder.glob("*.html"), *self.folder.glob("*.svg")]):
            for width, scheme in SETTINGS if page.stem in IN_ALL_SETTINGS else (SETTINGS[0], SETTINGS[3]):
                if page.suffix == ".svg":
                    width = 1600  # a picture has one
                with self.subTest(page=page.name, width=width, scheme=scheme):
                    self.browser.open(page, width, scheme)
                    if shots and page.stem != "large":
                        self.browser.screenshot(pathlib.Path(shots) / f"{page.stem}-{width}-{scheme}.png")
                    self.assertEqual(self.browser.run(CHECKS), [])


if __name__ == "__main__":
    if not find_browser():
        print("there is no Chromium (scripts/setup --tests)")
        sys.exit(77)
    unittest.main()
