#!/usr/bin/env python3
"""Follows every link of a built site, without a network.

usage: check_links.py HTML_DIR      exit 1 where a page or an anchor is missing, or a page loads something from elsewhere

Links to elsewhere are listed.
"""
import html.parser
import pathlib
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """What a page has of anchors, links, and files that it loads."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.loads = set(), [], []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.update(filter(None, (attributes.get("id"), attributes.get("name"))))
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag in ("link", "use") and attributes.get("href"):
            self.loads.append(attributes["href"])
        elif attributes.get("src"):
            self.loads.append(attributes["src"])


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    pages = {path: Page(path) for path in sorted(root.rglob("*.html"))}
    wrong, elsewhere, count = [], {}, 0
    for path, page in pages.items():
        for target in page.links + page.loads:
            place = f"{path.relative_to(root)}: {target}"
            url = urllib.parse.urlsplit(target)
            if url.scheme in ("http", "https") or url.netloc:
                elsewhere.setdefault(target, path.relative_to(root))
                if target in page.loads:
                    wrong.append(f"{place}: is loaded from elsewhere")
                continue
            if url.scheme:
                continue
            count += 1
            file = (path.parent / urllib.parse.unquote(url.path)).resolve() if url.path else path
            if not file.is_file():
                wrong.append(f"{place}: no such file")
            elif url.fragment and file in pages and urllib.parse.unquote(url.fragment) not in pages[file].anchors:
                wrong.append(f"{place}: no such anchor")
    for target, place in sorted(elsewhere.items()):
        print(f"elsewhere: {target} (in {place})")
    print(f"{len(pages)} pages, {count} links")
    if not pages or wrong:
        sys.exit("\n".join(wrong) or f"{root}: no pages")


main()
