#!/usr/bin/env python3
"""Images and arrays are read to the byte as Pillow and NumPy read them.

usage: pillow_test.py DUMP_DATASET [unittest arguments]
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
    from PIL import Image
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)

DUMP = sys.argv.pop(1)
SEED = 1


def photo(height, width, channels):
    """Smooth shapes with some noise, so that JPEG has something to do."""
    random = np.random.default_rng(SEED + height + width)
    y, x = np.mgrid[:height, :width]
    planes = [128 + 90 * np.sin(x / (3 + c)) * np.cos(y / (4 + c)) + random.normal(0, 12, (height, width))
              for c in range(channels)]
    pixels = np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels, "L" if channels == 1 else "RGB")


class Pillow(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="floatsd-images-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def dump(self, source, part="train", *size):
        done = subprocess.run([DUMP, source, part, self.folder / "raw", *size], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        pixels = np.fromfile(self.folder / "raw", np.uint8).reshape(said["shape"])
        return pixels, said

    def save(self, name, image, **options):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, **options)
        return path

    def expect(self, paths, mode, transform=lambda image: image):
        images = [np.asarray(transform(Image.open(path).convert(mode))) for path in paths]
        return np.stack([i[None] if i.ndim == 2 else i.transpose(2, 0, 1) for i in images])

    def test_every_kind_of_png_and_jpeg_has_pillows_pixels(self):
        colour, grey = photo(29, 41, 3), photo(29, 41, 1)
        alpha = colour.copy()
        alpha.putalpha(grey)
        grey_alpha = grey.copy()
        grey_alpha.putalpha(grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
        seen = grey.copy()
        paths = [self.save("train/a/00.png", colour),
                 self.save("train/a/01.png", grey),
                 self.save("train/a/02.png", alpha),
                 self.save("train/a/03.png", grey_alpha),
                 self.save("train/a/04.png", colour.quantize(7)),
                 self.save("train/a/05.png", colour.quantize(200)),
                 self.save("train/a/06.png", grey.convert("1")),
                 self.save("train/a/07.png", colour.quantize(16), transparency=3),
                 self.save("train/a/08.png", colour, transparency=(1, 2, 3)),
                 self.save("train/a/09.png", seen, transparency=7),
                 self.save("train/a/10.ppm", colour),
                 self.save("train/a/11.pgm", grey)]
        for n, (quality, subsampling) in enumerate([(10, 2), (75, 2), (75, 1), (90, 0), (100, 2)]):
            paths.append(self.save(f"train/a/{20 + n}.jpg", colour, quality=quality, subsampling=subsampling))
        paths.append(self.save("train/a/30.jpg", colour, progressive=True))
        paths.append(self.save("train/a/31.jpeg", grey, quality=60))
        paths.append(self.save("train/a/32.jpg", colour, keep_rgb=True))
        paths.append(self.save("train/a/33.jpg", colour, exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"))
        self.save("test/a/0.png", colour)
        found, said = self.dump(f"images:{self.folder}")
        expected = self.expect(paths, "RGB")
        for path, ours, pillows in zip(paths, found, expected):
            self.assertTrue(np.array_equal(ours, pillows), f"{path.name}: {np.abs(ours.astype(int) - pillows).max()}")
        self.assertEqual(said["shape"], [len(paths), 3, 29, 41])

    def test_an_interlaced_png_has_pillows_pixels(self):
        # Pillow writes none; this is one of 3 x 2 pixels, made by hand.
        import struct, zlib
        rows = [b"\0\1", b"\0\2", b"\0\3", b"\0\4\5\6"]  # Adam7: passes 1, 4 (column 2), 6 (column 1), 7

        def chunk(name, body):
            return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 2, 8, 0, 0, 0, 1)) +
               chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b""))
        for part in ("train", "test"):
            (self.folder / part / "a").mkdir(parents=True)
            (self.folder / part / "a" / "0.png").write_bytes(png)
        found, _ = self.dump(f"images:{self.folder}")
        self.assertTrue(np.array_equal(found, self.expect([self.folder / "train/a/0.png"], "L")))
        self.assertEqual(found[0, 0].tolist(), [[1, 3, 2], [4, 5, 6]])

    def test_grey_images_stay_of_one_channel(self):
        paths = [self.save("train/a/0.png", photo(9, 7, 1)), self.save("train/a/1.jpg", photo(9, 7, 1))]
        self.save("test/a/0.png", photo(9, 7, 1))
        found, said = self.dump(f"images:{self.folder}")
        self.assertEqual(said["shape"], [2, 1, 9, 7])
        self.assertTrue(np.array_equal(found, self.expect(paths, "L")))

    def test_resizing_is_pillows_bilinear_and_a_cut_of_the_middle(self):
        sizes = [(24, 40), (40, 24), (5, 90), (90, 5), (32, 48), (31, 47), (1, 1), (200, 333)]
        paths = [self.save(f"train/a/{n:02}.png", photo(h, w, 3)) for n, (h, w) in enumerate(sizes)]
        self.save("test/a/0.png", photo(9, 7, 3))

        def shrink(image, height, width):
            if height * image.width >= width * image.height:
                whole = (image.width * height // image.height, height)
            else:
                whole = (width, image.height * width // image.width)
            left, top = (whole[0] - width) // 2, (whole[1] - height) // 2
            return image.resize(whole, Image.Resampling.BILINEAR).crop((left, top, left + width, top + height))
        for height, width in [(32, 48), (16, 16), (7, 61), (61, 7)]:
            found, said = self.dump(f"images:{self.folder}", "train", f"{height}x{width}")
            self.assertEqual(said["shape"], [len(paths), 3, height, width])
            expected = self.expect(paths, "RGB", lambda image: shrink(image, height, width))
            for path, ours, pillows in zip(paths, found, expected):
                self.assertTrue(np.array_equal(ours, pillows), f"{path.name} to {height} x {width}")

    def test_arrays_have_numpys_values_and_statistics(self):
        random = np.random.default_rng(SEED)
        first = random.integers(0, 256, (20, 3, 8, 6), np.uint8)
        first[:, 2] = 17  # a constant channel
        labels = random.integers(0, 300, 20)
        for images in (first, np.asfortranarray(first), first.transpose(0, 2, 3, 1),
                       np.ascontiguousarray(first.transpose(0, 2, 3, 1))):
            for kind in (np.int64, ">u2", np.uint32):
                np.save(self.folder / "x_train.npy", images)
                np.save(self.folder / "y_train.npy", labels.astype(kind))
                np.save(self.folder / "x_test.npy", images[:5])
                np.save(self.folder / "y_test.npy", labels[:5].astype(kind))
                found, said = self.dump(f"npy:{self.folder}")
                self.assertTrue(np.array_equal(found, first))
                self.assertEqual(said["labels"], labels.tolist())
                self.assertEqual(said["classes"], labels.max() + 1)
                scaled = first / 255.0
                np.testing.assert_allclose(said["mean"], scaled.mean((0, 2, 3)), rtol=1e-12)
                expected = scaled.std((0, 2, 3))
                expected[2] = 1
                np.testing.assert_allclose(said["deviation"], expected, rtol=1e-12)


if __name__ == "__main__":
    unittest.main()
