#!/usr/bin/env python3
"""What --network names beside a checkpoint, which knows its network, and what has become of the file since.

usage: named_network_test.py FLOATSD [unittest arguments]
"""
import json
import os
import pathlib
import shutil
import tempfile
import unittest

from small_images import write_images
from the_command import CommandCase

SHORT = ["--epochs", "1", "--limit", "64", "--threads", "1", "--freeze-epochs", "0"]
NODES = [{"name": "conv", "kind": "conv2d", "out_channels": 4, "kernel": 5, "stride": 3},
         {"name": "flat", "kind": "flatten", "order": "hwc"},
         {"name": "out", "kind": "linear", "out_features": 10}]


def network(nodes):
    return json.dumps({"name": "net", "input": {"shape": [1, 28, 28]}, "nodes": nodes})


OTHER_ORDER = network([NODES[0], {**NODES[1], "order": "chw"}, NODES[2]])  # the same tensors
OTHER_SHAPES = network([{**NODES[0], "kernel": 3}, *NODES[1:]])


class NamedNetwork(CommandCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-named-"))
        self.data = self.folder / "data"
        write_images(self.data / "mnist", 64, 50)
        self.net, self.output = self.folder / "net.json", self.folder / "run"
        self.net.write_text(network(NODES))
        self.train = ["train", "--network", self.net, *SHORT, "--output", self.output]
        self.works(*self.train)
        self.last = self.output / "last.pt"

    def tearDown(self):
        shutil.rmtree(self.folder)

    def test_a_run_goes_on_with_no_other_network_than_it_began_with(self):
        before = self.last.read_bytes()
        for text in (OTHER_ORDER, OTHER_SHAPES):
            self.net.write_text(text)
            self.refuses("net.json: is another network than that of", *self.train, "--resume")
        self.net.write_text("{bad")
        self.refuses("net.json", *self.train, "--resume")
        self.refuses("lenet: is another network", "train", "--network", "lenet", *SHORT, "--output", self.output, "--resume")
        self.assertEqual(self.last.read_bytes(), before)

    def test_a_run_that_nobody_gives_another_network_goes_on_with_its_own(self):
        for text in (OTHER_SHAPES, "{bad", None):
            if text is None:
                self.net.unlink()
            else:
                self.net.write_text(text)
            said = self.works("train", "--resume", "--output", self.output).stderr
            self.assertEqual("the run goes on with its checkpoint's" in said, text is not None, said)
        self.works(*self.train, "--resume")

    def test_eval_refuses_another_network_than_the_checkpoints(self):
        self.works("eval", self.last, "--network", self.net)
        other = self.folder / "other.json"
        other.write_text(OTHER_ORDER)
        for named in (other, "lenet", "resnet20"):
            self.refuses("knows its network", "eval", self.last, "--network", named)
        self.refuses("'lenett' is unknown: did you mean 'lenet'?", "eval", self.last, "--network", "lenett")

    def test_weights_that_go_into_another_network_are_said(self):
        other = self.folder / "other.json"
        other.write_text(OTHER_ORDER)
        calibrate = ["calibrate", self.last, "--weights", "*=int8:per-channel", "--images", "32", "--threads", "1",
                     "--overwrite", "--output", self.folder / "int8"]
        said = self.works(*calibrate, "--network", other).stderr
        self.assertIn(f"{other}: is another network than that of {self.last}", said)
        self.assertNotIn("another network", self.works(*calibrate, "--network", self.net).stderr)
        self.assertNotIn("another network", self.works(*calibrate).stderr)

    def test_a_data_set_that_only_the_checkpoint_names_is_said_to_be_its(self):
        images = self.folder / "data/images"
        shutil.copytree(self.folder / "data/mnist", images)
        self.works("train", "--dataset", "idx:images", "--network", self.net, *SHORT, "--output", self.folder / "idx",
                   cwd=self.folder / "data")
        last = os.path.relpath(self.folder / "idx/last.pt", self.folder)
        self.refuses(f"({last} was trained on it; --dataset names another)", "eval", last, cwd=self.folder)
        self.works("eval", last, "--dataset", "idx:data/images", cwd=self.folder)

    def test_a_data_set_that_is_guessed_is_said(self):
        model = self.folder / "int8/model.safetensors"
        self.works("calibrate", self.last, "--weights", "*=int8:per-channel", "--images", "32", "--output", model.parent)
        self.assertIn("images: mnist, the first data set with", self.works("eval", model).stderr)
        self.assertNotIn("images: ", self.works("eval", model, "--dataset", "mnist").stderr)
        self.refuses("knows its network, 'net'; expected no --network", "eval", model, "--network", "lenet")
        self.assertNotIn("images: ", self.works("eval", model.parent / "last.pt").stderr)

    def test_a_folder_given_as_data_set_is_told_the_forms(self):
        self.refuses("images:DIR, npy:DIR, idx:DIR", "train", "--dataset", "data/mine", *SHORT, "--output", "x")


if __name__ == "__main__":
    unittest.main()
