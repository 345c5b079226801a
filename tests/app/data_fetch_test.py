#!/usr/bin/env python3
"""Drives `floatsd data fetch` against a web server of its own.

usage: data_fetch_test.py FLOATSD

Exits with 77 (skipped) where all passed but the tests that need MNIST itself, because FLOATSD_DATA
names no folder with mnist/ in it.
"""
import gzip
import http.server
import json
import os
import pathlib
import socket
import sys
import tempfile
import threading
import unittest

from the_command import environment, run

SKIPPED = 77
FILES = [f"{part}-ubyte" for part in ("train-images-idx3", "train-labels-idx1",
                                      "t10k-images-idx3", "t10k-labels-idx1")]


def published():
    """The four files' content by name, or None where this machine lacks them."""
    folder = pathlib.Path(os.environ.get("FLOATSD_DATA", "/nonexistent")) / "mnist"
    content = {}
    for name in FILES:
        if (folder / name).exists():
            content[name] = (folder / name).read_bytes()
        elif (folder / f"{name}.gz").exists():
            content[name] = gzip.decompress((folder / f"{name}.gz").read_bytes())
        else:
            return None
    return content


class Server:
    """Serves {"/path": bytes} on 127.0.0.1 and remembers what was asked for."""

    def __init__(self, pages):
        self.asked = asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                page = pages.get(self.path)
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Length", str(len(page or b"")))
                self.end_headers()
                self.wfile.write(page or b"")

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class DataFetch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def fetch(self, mirror, name="mnist", flags=()):
        return run("data", "fetch", name, self.root, "--mirror", mirror, *flags,
                   env={**environment(), "no_proxy": "127.0.0.1"})

    def files(self):
        return sorted(path.name for path in self.root.rglob("*") if path.is_file())

    def check_refused(self, run, reason):
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertIn(reason, run.stderr)
        self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
        self.assertEqual(list(self.root.rglob("*")), [])

    def test_good_files_are_kept_and_a_second_run_downloads_nothing(self):
        content = published()
        if content is None:
            self.skipTest("FLOATSD_DATA names no folder with mnist/")
        pages = {f"/{name}.gz": gzip.compress(content[name], 1) for name in FILES}
        with Server(pages) as server:
            first = self.fetch(server.url)
            self.assertEqual(first.returncode, 0, first.stderr)
            self.assertEqual(len(first.stdout.splitlines()), 4)
            self.assertEqual(self.files(), sorted(f"{name}.gz" for name in FILES))
            for name in FILES:
                self.assertEqual((self.root / "mnist" / f"{name}.gz").read_bytes(),
                                 pages[f"/{name}.gz"])
            self.assertEqual(sorted(server.asked), sorted(pages))
            second = self.fetch(server.url)
            self.assertEqual(second.returncode, 0, second.stderr)
            self.assertEqual(len(second.stdout.splitlines()), 4)
            third = self.fetch(server.url, flags=["--json"])
            self.assertEqual(json.loads(third.stdout), {"dataset": "mnist", "output": str(self.root / "mnist")})
            self.assertEqual(third.stderr, second.stdout)
            self.assertEqual(len(server.asked), 4)

    def test_a_damaged_file_is_fetched_again_and_the_others_are_not(self):
        content = published()
        if content is None:
            self.skipTest("FLOATSD_DATA names no folder with mnist/")
        (self.root / "mnist").mkdir()
        for name in FILES[1:]:
            (self.root / "mnist" / name).write_bytes(content[name])
        damaged = self.root / "mnist" / f"{FILES[0]}.gz"
        damaged.write_bytes(gzip.compress(content[FILES[0]], 1)[:-9])
        good = gzip.compress(content[FILES[0]], 1)
        with Server({f"/{FILES[0]}.gz": good}) as server:
            run = self.fetch(server.url + "/")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(server.asked, [f"/{FILES[0]}.gz"])
        self.assertEqual(damaged.read_bytes(), good)

    def test_a_damaged_file_that_hides_a_good_one_is_replaced(self):
        content = published()
        if content is None:
            self.skipTest("FLOATSD_DATA names no folder with mnist/")
        (self.root / "mnist").mkdir()
        for name in FILES:
            (self.root / "mnist" / f"{name}.gz").write_bytes(gzip.compress(content[name], 1))
        damaged = self.root / "mnist" / FILES[3]
        damaged.write_bytes(content[FILES[3]][:-1])
        with Server({}) as server:
            run = self.fetch(server.url)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(server.asked, [])
        self.assertIn(f"{damaged}: was damaged, unpacked anew from its .gz", run.stdout)
        self.assertEqual(damaged.read_bytes(), content[FILES[3]])

    def test_other_content_is_refused_and_nothing_is_left(self):
        pages = {f"/{name}.gz": gzip.compress(b"other digits") for name in FILES}
        with Server(pages) as server:
            self.check_refused(self.fetch(server.url), "content with SHA-256 ")

    def test_another_cifar10_archive_is_refused_and_nothing_is_left(self):
        with Server({"/cifar-10-binary.tar.gz": gzip.compress(b"other photographs")}) as server:
            run = self.fetch(server.url, name="cifar10")
            self.check_refused(run, f"{server.url}/cifar-10-binary.tar.gz: content with SHA-256 ")
            self.assertEqual(server.asked, ["/cifar-10-binary.tar.gz"])

    def test_a_page_that_is_no_gzip_is_refused_and_nothing_is_left(self):
        with Server({f"/{name}.gz": b"<html>log in first</html>" for name in FILES}) as server:
            self.check_refused(self.fetch(server.url), "corrupt gzip (incorrect header check)")

    def test_a_server_without_the_file_is_named(self):
        with Server({}) as server:
            self.check_refused(self.fetch(server.url), f"{server.url}/{FILES[0]}.gz: ")

    def test_a_server_that_is_not_there_is_named(self):
        url = f"http://127.0.0.1:{unused_port()}"
        self.check_refused(self.fetch(url), f"{url}/{FILES[0]}.gz: ")

    def test_an_unknown_data_set_is_answered_with_a_suggestion(self):
        run = self.fetch("http://127.0.0.1:1", name="minst")
        self.check_refused(run, "data set 'minst' is unknown: did you mean 'mnist'?")


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped else 0)
