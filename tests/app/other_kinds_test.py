#!/usr/bin/env python3
"""A file of another kind than the command wants: each command says what the file is, and what it wants.

usage: other_kinds_test.py FLOATSD [unittest arguments]
"""
import gzip
import io
import json
import pathlib
import pickle
import shutil
import struct
import tarfile
import tempfile
import unittest
import zipfile

from small_images import write_images
from the_command import FLOATSD4, run

TENSORS = "named tensors (a state dict of torch.save, safetensors or .npz)"
CHECKPOINT = "a floatsd checkpoint (last.pt of a run)"
MODEL = "a floatsd model file (model.safetensors of a run)"
NETWORK = f"a checkpoint or model file of floatsd's, or {TENSORS}"


def zip_of(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return file.getvalue()


def tar_of(*names):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    return file.getvalue()


def safetensors_of(metadata):
    header = json.dumps({"__metadata__": metadata,
                         "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4)


# By name: the content, and what such a file is.
NO_NETWORKS = {
    "script.pt": (zip_of("m/data.pkl", "m/constants.pkl"), "a TorchScript archive"),
    "program.pt2": (zip_of("m/archive_format"), "a program of torch.export (.pt2)"),
    "net.keras": (zip_of("config.json", "model.weights.h5"), "a Keras model (.keras)"),
    "files.zip": (zip_of("a.txt"), "a zip archive, but none that torch.save or NumPy wrote"),
    "page.pt": (b"\n<!DOCTYPE html><html>404</html>", "an HTML page, as a failed download leaves it"),
    "lfs.pt": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
               "a Git LFS pointer, not the file that it stands for"),
    "old.tar": (tar_of("sys_info", "pickle", "tensors"), "a tar archive"),
    "packed.pt.gz": (gzip.compress(b"x"), "a compressed file"),
    "plain.pkl": (pickle.dumps({"a": 1}), "a pickle that torch.save did not write"),
    "one.npy": (b"\x93NUMPY\1\0" + bytes(120), "a single NumPy array (.npy)"),
    "net.h5": (b"\x89HDF\r\n\x1a\n" + bytes(8), "an HDF5 file (Keras .h5)"),
    "net.gguf": (b"GGUF" + bytes(8), "a GGUF file"),
    "net.tflite": (bytes(4) + b"TFL3" + bytes(8), "a TensorFlow Lite model"),
    "net.onnx": (b"\x08\x08\x12\x07pytorch", "an ONNX model"),
    "digit.png": (b"\x89PNG\r\n\x1a\n" + bytes(20), "an image"),
    "photo.jpg": (b"\xff\xd8\xff\xe0" + bytes(20), "an image"),
    "net.json": (b'{"nodes": []}', "a text file"),
    "empty.pt": (b"", "an empty file"),
    "noise.bin": (bytes(range(1, 256)), "of no kind that is known here"),
}


class OtherKinds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-kinds-"))
        write_images(cls.folder / "data" / "mnist", 128, 50)
        cls.run_folder = cls.folder / "run"
        cls.last, cls.model = cls.run_folder / "last.pt", cls.run_folder / "model.safetensors"
        cls.state_dict = cls.run_folder / "model.pt"
        done = run("train", *FLOATSD4, "--epochs", "1", "--threads", "1", "--output", cls.run_folder,
                   data=cls.folder / "data")
        assert done.returncode == 0, done.stderr
        cls.tensors = cls.folder / "w.safetensors"
        cls.tensors.write_bytes(safetensors_of({"format": "pt"}))
        cls.arrays = cls.folder / "w.npz"
        cls.arrays.write_bytes(zip_of("conv1.weight.npy"))
        for name, (content, _) in NO_NETWORKS.items():
            (cls.folder / name).write_bytes(content)
        out, rules = cls.folder / "out", ["--threads", "1", *FLOATSD4]
        cls.commands = {  # a file in the place of FILE, and what is wanted there
            "convert": (CHECKPOINT, ["convert", "FILE", "-o", out]),
            "verify": (CHECKPOINT, ["verify", "FILE", cls.model]),
            "verify's model": (MODEL, ["verify", cls.last, "FILE"]),
            "analyze": (CHECKPOINT, ["analyze", "FILE"]),
            "export": (MODEL, ["export", "FILE", "--to", "pytorch", "-o", out]),
            "bench": (MODEL, ["bench", "--model", "FILE"]),
            "calibrate": (TENSORS, ["calibrate", "FILE", *rules, "--output", out]),
            "search": (TENSORS, ["search", "FILE", *rules, "--formats", "int4", "--budget", "bytes=90%",
                                 "--output", out]),
            "train": (TENSORS, ["train", "--init", "FILE", *rules, "--output", out]),
            "teacher": (TENSORS, ["train", "--teacher", "FILE", *rules, "--output", out]),
            "sweep": (TENSORS, ["sweep", "--init", "FILE", *rules, "--formats", "int4", "--output", out]),
            "eval": (NETWORK, ["eval", "FILE"]),
            "inspect": (NETWORK, ["inspect", "FILE"]),
        }

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def refuses(self, command, file, what):
        wanted, arguments = self.commands[command]
        done = run(*(file if word == "FILE" else word for word in arguments), data=self.folder / "data")
        self.assertEqual((done.returncode, done.stdout), (2, ""), (command, file.name, done.stderr))
        line, end, rest = done.stderr.partition("\n")
        self.assertEqual((end, rest), ("\n", ""), (command, file.name))
        self.assertTrue(line.startswith(f"floatsd: {file}: is {what}, expected {wanted}"), line)
        self.assertFalse((self.folder / "out").exists(), (command, file.name))
        return line

    def test_every_command_names_what_is_no_network(self):
        for command in self.commands:
            few = ("script.pt", "page.pt", "digit.png")
            for name in NO_NETWORKS if command in ("convert", "export", "calibrate", "inspect") else few:
                if (command, name) == ("inspect", "digit.png"):  # it says what a picture is
                    continue
                self.refuses(command, self.folder / name, NO_NETWORKS[name][1])

    def test_a_folder_is_named(self):
        for command in self.commands:
            self.refuses(command, self.run_folder, "a folder")

    def test_a_model_in_the_place_of_a_checkpoint_and_the_reverse(self):
        for command, (wanted, _) in self.commands.items():
            if wanted in (CHECKPOINT, TENSORS):
                line = self.refuses(command, self.model, "a floatsd model file")
                self.assertIn("the checkpoint that it was converted from is one", line)
            if wanted == MODEL:
                line = self.refuses(command, self.last, "a floatsd checkpoint")
                self.assertIn("`floatsd convert` makes one of a quantized checkpoint", line)

    def test_weights_in_the_place_of_a_checkpoint_or_a_model(self):
        for command, (wanted, _) in self.commands.items():
            for file, what in ((self.state_dict, "a file of torch.save"), (self.arrays, "a NumPy .npz file"),
                               (self.tensors, "a safetensors file of tensors alone")):
                if wanted in (CHECKPOINT, MODEL):
                    self.assertIn("`floatsd train --init`", self.refuses(command, file, what))

    def test_an_output_in_the_place_of_the_input_is_refused(self):
        for input_file, flag, *command in ((self.last, "--output", "convert", self.last, "-o"),
                                           (self.model, "--output", "export", self.model, "--to", "pytorch", "-o"),
                                           (self.last, "--picture", "analyze", self.last, "--picture")):
            before = input_file.read_bytes()
            link = self.folder / "link"
            link.unlink(missing_ok=True)
            link.symlink_to(input_file)
            for output in (input_file, link):
                done = run(*command, output, data=self.folder / "data")
                self.assertEqual((done.returncode, done.stderr), (
                    2, f"floatsd: {input_file}: is read, and {flag} would replace it; expected another output\n"))
                self.assertEqual(input_file.read_bytes(), before)

    def test_the_way_out_follows_if_there_is_one(self):
        for command, name, out in (("convert", "lfs.pt", "`git lfs pull` gets that file"),
                                   ("export", "page.pt", "download the file itself"),
                                   ("convert", "packed.pt.gz", "unpack it first"),
                                   ("calibrate", "script.pt", "torch.jit.load(PATH).state_dict()"),
                                   ("eval", "one.npy", "numpy.savez")):
            self.assertIn(out,
                          self.refuses(command, self.folder / name, NO_NETWORKS[name][1]))
        self.assertNotIn("Python", self.refuses("convert", self.folder / "script.pt", "a TorchScript archive"))


if __name__ == "__main__":
    unittest.main()
