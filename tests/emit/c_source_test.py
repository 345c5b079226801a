#!/usr/bin/env python3
"""The C of trained networks on real images, for this machine and for others.

usage: c_source_test.py FLOATSD LAYER_CODES CSource|FullWidth [unittest arguments]

LAYER_CODES writes the interpreter's codes of every layer as the traced C does. Real images come from
FLOATSD_DATA; what needs them or a compiler or emulator that is missing is skipped. FullWidth has the networks of the
zoo for CIFAR-10 as they are, and takes minutes; MobileNetV2 is the published checkpoint in FLOATSD_MODELS.
"""
import filecmp
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

FLOATSD = pathlib.Path(sys.argv.pop(1)).resolve()
LAYER_CODES = pathlib.Path(sys.argv.pop(1)).resolve()
DATA = pathlib.Path(os.environ.get("FLOATSD_DATA", "/nonexistent"))
PUBLISHED = pathlib.Path(os.environ.get("FLOATSD_MODELS", "/nonexistent")) / "mobilenetv2-cifar10-float32.pt"
ROOT = pathlib.Path(__file__).resolve().parents[2]
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
FLOATSD4 = ["--weights", "conv=floatsd4:per-channel", "linear=floatsd4:per-tensor"]
INT8 = ["--weights", "*=int8:per-channel"]
SHIFTS = ["--scales", "power-of-two"]
LENET = ["--dataset", "mnist", "--network", "lenet", "--limit", "2000"]
CIFAR = ["--dataset", "cifar10", "--limit", "256", "--observe-epochs", "0", "--freeze-epochs", "0"]
ARM = ["arm-linux-gnueabihf-gcc", "-static"]
RV32I = ["riscv64-unknown-elf-gcc", "-march=rv32i", "-mabi=ilp32", "-ffreestanding", "-nostdlib"]
AVR = ["avr-gcc", "-mmcu=atmega2560"]

# What a machine without a C library brings: an entry, and what compilers call for loops that copy.
START = """
#include <stddef.h>
#include "{name}.h"
static uint8_t image[{upper}_IMAGE_BYTES], codes[{upper}_CLASSES];
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
void *memcpy(void *to, const void *from, size_t size)
{{
  char *out = to;
  const char *in = from;
  while (size-- > 0) {{ *out++ = *in++; }}
  return to;
}}
void *memset(void *to, int value, size_t size)
{{
  char *out = to;
  while (size-- > 0) {{ *out++ = (char)value; }}
  return to;
}}
void _start(void);
void _start(void) {{ {name}_classify(image, codes); }}
"""


def mnist(count):
    data = (DATA / "mnist/t10k-images-idx3-ubyte").read_bytes()
    return data[struct.calcsize(">4I"):][:count * 784]


def cifar10(count):
    """Pixel by pixel, three bytes each."""
    data = (DATA / "cifar-10-batches-bin/test_batch.bin").read_bytes()
    images = (data[i * 3073 + 1:(i + 1) * 3073] for i in range(count))
    return b"".join(bytes(v for pixel in zip(m[:1024], m[1024:2048], m[2048:]) for v in pixel) for m in images)


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return unittest.skipIf(missing, f"not installed: {' '.join(missing)}")


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-c-"))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def run_in(self, folder, *command, **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        done = subprocess.run([str(word) for word in command], cwd=folder, **options)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr.decode()}")
        return done.stdout

    def exported(self, name, *recipe):
        """The folder of a network's C, and its name in C; trained once."""
        folder = self.folder / name
        if not folder.exists():
            self.run_in(self.folder, FLOATSD, "train", *recipe, "--epochs", "1", "--threads", "1", "--lr", "0.02",
                        "--skip-eval", "--quiet", "--output", folder,
                        env={**os.environ, "OMP_WAIT_POLICY": "passive"})
            self.run_in(self.folder, FLOATSD, "export", folder / "model.safetensors", "--to", "c",
                        "--quiet", "-o", folder / "c")
        return folder / "c", next((folder / "c").glob("*.h")).stem

    def compile(self, folder, name, *command):
        self.run_in(folder, *command, *STRICT, f"{name}.c", f"{name}_test.c")

    def check_every_code(self, folder, name, images, compiler, runner=()):
        (folder / "images").write_bytes(images)
        self.compile(folder, name, *compiler, "-O2", f"-D{name.upper()}_TRACE", "-o", "trace")
        with open(folder / "images") as stdin, open(folder / "found", "wb") as stdout:
            self.run_in(folder, *runner, "./trace", stdin=stdin, stdout=stdout)
        with open(folder / "expected", "wb") as stdout:
            self.run_in(folder, LAYER_CODES, folder.parent / "model.safetensors", folder / "images", stdout=stdout)
        size = (folder / "expected").stat().st_size
        self.assertGreater(size, len(images) // 100)
        self.assertTrue(filecmp.cmp(folder / "found", folder / "expected", shallow=False),
                        f"{name}: the codes of C and interpreter differ")
        print(f"{name}: 0 of {size} codes differ", file=sys.stderr)
        for file in ("images", "found", "expected"):
            (folder / file).unlink()


@unittest.skipUnless((DATA / "mnist").exists() and (DATA / "cifar-10-batches-bin").exists(),
                     "FLOATSD_DATA names no MNIST and CIFAR-10")
class CSource(Exports):
    def test_lenet_has_the_interpreters_codes_on_all_of_mnist(self):
        for kind, weights in (("floatsd4", FLOATSD4), ("shifts", FLOATSD4 + SHIFTS), ("int8", INT8)):
            with self.subTest(kind):
                folder, name = self.exported(kind, *LENET, *weights)
                self.check_every_code(folder, name, mnist(10000), ["gcc"])

    def test_residual_networks_have_the_interpreters_codes_on_cifar10(self):
        for network in ("mobilenetv2-shortcut:width=0.25", "resnet20:width=0.5"):
            with self.subTest(network):
                folder, name = self.exported(network.partition(":")[0], *CIFAR, "--network", network,
                                             *FLOATSD4)
                self.check_every_code(folder, name, cifar10(1000), ["gcc"])

    def test_its_own_test_passes_and_notices_a_wrong_weight(self):
        folder, name = self.exported("floatsd4", *LENET, *FLOATSD4)
        self.compile(folder, name, "gcc", "-o", "golden")
        self.assertEqual(self.run_in(folder, "./golden"), b"lenet: 0 codes of 4 images differ\n")
        text = (folder / "lenet.c").read_text()
        (folder / "wrong.c").write_text(re.sub(r"(fc2_bias\[10\] = \{\s*)-?\d+,", r"\1 100000000,", text))
        self.run_in(folder, "gcc", "wrong.c", "lenet_test.c", "-o", "wrong")
        self.assertEqual(subprocess.run([folder / "wrong"], stdout=subprocess.DEVNULL).returncode, 1)

    @needs("valgrind")
    def test_valgrind_finds_nothing(self):
        folder, name = self.exported("shifts", *LENET, *FLOATSD4, *SHIFTS)
        self.compile(folder, name, "gcc", "-g", "-O1", "-o", "checked")
        self.run_in(folder, "valgrind", "-q", "--error-exitcode=9", "./checked")

    @needs(ARM[0], "qemu-arm")
    def test_a_32_bit_arm_has_the_same_codes(self):
        for kind, weights in (("shifts", FLOATSD4 + SHIFTS), ("int8", INT8)):
            folder, name = self.exported(kind, *LENET, *weights)
            self.check_every_code(folder, name, mnist(100), ARM, ["qemu-arm"])

    @needs(RV32I[0])
    def test_a_risc_v_without_a_multiplier_needs_no_function_that_multiplies(self):
        folder, name = self.exported("shifts", *LENET, *FLOATSD4, *SHIFTS)
        (folder / "start.c").write_text(START.format(name=name, upper=name.upper()))
        for level in ("-Os", "-O2"):
            self.run_in(folder, *RV32I, *STRICT, level, "-fno-tree-loop-distribute-patterns", f"{name}.c",
                        "start.c", "-lgcc", "-o", "linked")
            symbols = self.run_in(folder, "riscv64-unknown-elf-nm", "linked").decode()
            self.assertIn(f"{name}_classify", symbols)
            self.assertNotIn("mul", symbols)
            self.assertNotIn("div", symbols)

    def test_scales_of_powers_of_two_leave_no_instruction_that_multiplies(self):
        folder, name = self.exported("shifts", *LENET, *FLOATSD4, *SHIFTS)
        for compiler, disassembler, multiplies in (
                (["gcc"], "objdump", r"\s(i?mul|mulx|v?pmul\w*)[bwlq]?\s"),
                (["clang"], "objdump", r"\s(i?mul|mulx|v?pmul\w*)[bwlq]?\s"),
                (["arm-linux-gnueabihf-gcc", "-mthumb"], "arm-linux-gnueabihf-objdump", r"\s(v?m(ul|la|ls)|[us]m\w+)[.\w]*\s"),
                (["riscv64-unknown-elf-gcc", "-march=rv32im", "-mabi=ilp32", "-ffreestanding"],
                 "riscv64-unknown-elf-objdump", r"\smul\w*\s")):
            if not shutil.which(compiler[0]):
                continue
            for level in ("-Os", "-O1", "-O2"):
                self.run_in(folder, *compiler, *STRICT, level, "-c", f"{name}.c", "-o", "object.o")
                text = self.run_in(folder, disassembler, "-d", "object.o").decode()
                self.assertGreater(len(text), 5000)
                self.assertEqual(re.findall(rf"\t.*{multiplies}.*", text), [], (compiler, level))

    @needs(AVR[0])
    def test_it_compiles_if_int_has_16_bits(self):
        folder, name = self.exported("small", "--dataset", "mnist", "--limit", "1000", *FLOATSD4, *SHIFTS,
                                     "--network", ROOT / "configs/mnist-small.json")
        for level in ("-Os", "-O2"):
            self.run_in(folder, *AVR, *STRICT, level, "-c", f"{name}.c", "-o", "avr.o")

    def test_nothing_is_called_but_what_copies(self):
        folder, name = self.exported("int8", *LENET, *INT8)
        self.run_in(folder, "gcc", *STRICT, "-O2", "-c", f"{name}.c", "-o", "object.o")
        undefined = self.run_in(folder, "nm", "-u", "object.o").decode().split()
        self.assertLessEqual(set(undefined), {"U", "memcpy", "memset", "_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail"})


@unittest.skipUnless((DATA / "cifar-10-batches-bin").exists(), "FLOATSD_DATA names no CIFAR-10")
class FullWidth(Exports):
    def test_resnet20_has_the_interpreters_codes(self):
        folder, name = self.exported("resnet20", *CIFAR, "--network", "resnet20", *FLOATSD4)
        self.check_every_code(folder, name, cifar10(500), ["gcc"])

    @unittest.skipUnless(PUBLISHED.exists(), "FLOATSD_MODELS has no mobilenetv2-cifar10-float32.pt")
    def test_mobilenetv2_has_the_interpreters_codes(self):
        folder, name = self.exported("mobilenetv2", *CIFAR, "--network", "mobilenetv2-shortcut", "--init", PUBLISHED,
                                     *FLOATSD4)
        self.check_every_code(folder, name, cifar10(300), ["gcc"])


if __name__ == "__main__":
    unittest.main()
