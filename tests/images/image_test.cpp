#include "floatsd/images/image.h"

#include <sys/stat.h>

#include <random>

#include "catch.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "images/encoded.h"
#include "temporary_folder.h"

using floatsd::images::decode;
using floatsd::images::Image;
using floatsd::images::ImageHeader;
using floatsd::images::ImageSize;
using floatsd::images::planes;

TEST_CASE("A PNG, grey or coloured, gives the pixels that it was made of", "[image]") {
  for (const int64_t channels : {1, 3}) {
    const Image image = decode(png(5, 7, channels), "x.png");
    CHECK(image.header.size == ImageSize{5, 7});
    CHECK(image.header.channels == channels);
    CHECK(image.pixels == pattern(5, 7, channels).pixels);
  }
}

TEST_CASE(
    "An image's planes are its channels, three times a grey one's, or one of three that are alike",
    "[image]") {
  const Image grey{.header = {.size = {1, 2}, .channels = 1}, .pixels = {7, 9}};
  const Image colour{.header = {.size = {1, 2}, .channels = 3}, .pixels = {1, 2, 3, 4, 5, 6}};
  CHECK(planes(grey, 1) == std::vector<uint8_t>{7, 9});
  CHECK(planes(grey, 3) == std::vector<uint8_t>{7, 9, 7, 9, 7, 9});
  CHECK(planes(colour, 3) == std::vector<uint8_t>{1, 4, 2, 5, 3, 6});
  const Image alike{.header = {.size = {1, 2}, .channels = 3}, .pixels = {7, 7, 7, 9, 9, 9}};
  CHECK(planes(alike, 1) == std::vector<uint8_t>{7, 9});
  CHECK_THROWS_WITH(planes(colour, 1), "3 channels, expected 1, or three that are alike");
  CHECK_THROWS_WITH(planes(grey, 4), "1 channel, expected 4");
}

TEST_CASE("A JPEG tells its size and whether it is grey", "[image]") {
  for (const int64_t channels : {1, 3}) {
    const Image image = decode(jpeg(17, 9, channels), "x.jpg");
    CHECK(image.header.size == ImageSize{17, 9});
    CHECK(image.header.channels == channels);
    CHECK(image.pixels.size() == static_cast<size_t>(17 * 9 * channels));
  }
}

TEST_CASE("PGM and PPM are read with spaces and comments in their header", "[image]") {
  const Image grey = decode("P5 # one\n#two\n 3\t1\n255\nabc", "x.pgm");
  CHECK(grey.header.size == ImageSize{1, 3});
  CHECK(grey.pixels == std::vector<uint8_t>{'a', 'b', 'c'});
  const Image colour = decode("P6\n1 2\n255\nabcdef", "x.ppm");
  CHECK(colour.header.size == ImageSize{2, 1});
  CHECK(colour.header.channels == 3);
}

TEST_CASE("A PGM or PPM that is not whole or not 8 bits is refused", "[image]") {
  CHECK_THROWS_WITH(decode("P5\n3 1\n255\nab", "x"), "x: 2 bytes of pixels, expected 3");
  CHECK_THROWS_WITH(decode("P5\n3 1\n255\nabcd", "x"), "x: 4 bytes of pixels, expected 3");
  CHECK_THROWS_WITH(decode("P5\n1 1\n65535\nab", "x"),
                    "x: a P5 file with values up to 65535, expected 255 (8 bits)");
  CHECK_THROWS_WITH(decode("P2\n1 1\n255\n7", "x"),
                    "x: a P2 file is not read, expected P5 or P6 (binary, 8 bits)");
  CHECK_THROWS_WITH(
      decode("P5\n3", "x"),
      "x: a P5 file without a whole header, expected width, height and largest value");
  CHECK_THROWS_WITH(decode("P5\n0 1\n255\n", "x"), "x: 1 x 0 pixels, expected at least one");
}

TEST_CASE("A file that is no image, or empty, is refused", "[image]") {
  CHECK_THROWS_WITH(decode("", "x"),
                    "x: is empty, expected PNG, JPEG, or binary PGM or PPM (P5, P6)");
  CHECK_THROWS_WITH(decode("GIF89a", "x"),
                    "x: begins like no image that is read, expected PNG, JPEG, or binary PGM or "
                    "PPM (P5, P6)");
}

TEST_CASE("A decompression bomb is refused by its header", "[image]") {
  CHECK_THROWS_WITH(decode(png_beginning(100000, 100000, 8, 2), "x.png"),
                    "x.png: claims 100000 x 100000 pixels, expected at most 67108864 in all");
  CHECK_THROWS_WITH(decode("P6\n4000000000 4000000000\n255\n", "x.ppm"),
                    "x.ppm: claims 4000000000 x 4000000000 pixels, expected at most 67108864 in "
                    "all");
  std::string bomb = jpeg(8, 8, 1);
  const size_t size = bomb.find("\xff\xc0") + 5;
  bomb.replace(size, 4, "\xff\xdc\xff\xdc");
  CHECK_THROWS_WITH(decode(bomb, "x.jpg"), Catch::StartsWith("x.jpg: claims 65500 x 65500 pixels"));
}

TEST_CASE("A PNG or JPEG that is cut off anywhere is refused", "[image]") {
  for (const std::string& whole : {png(9, 9, 3), png(40, 40, 1), jpeg(33, 40, 3)}) {
    for (size_t size = 4; size < whole.size(); size += whole.size() > 400 ? 7 : 1) {
      CHECK_THROWS_AS(decode(whole.substr(0, size), "x"), floatsd::Error);
    }
  }
  const std::string half = png(9, 9, 3).substr(0, 100);
  CHECK_THROWS_WITH(decode(half, "x.png"),
                    "x.png: a PNG that cannot be decoded (cut off), expected an intact file");
  const std::string jpeg_half = jpeg(33, 40, 3).substr(0, 800);
  CHECK_THROWS_WITH(decode(jpeg_half, "x.jpg"),
                    "x.jpg: a JPEG that cannot be decoded (Premature end of JPEG file), expected "
                    "an intact file");
}

TEST_CASE("PNGs of 16 bits and JPEGs of four colours are refused", "[image]") {
  CHECK_THROWS_WITH(decode(png_beginning(1, 1, 16, 0), "x"),
                    "x: a PNG of 16 bits a channel, expected at most 8");
  CHECK_THROWS_WITH(decode(jpeg(8, 8, 4), "x"),
                    "x: a JPEG of 4 colour components (CMYK?), expected grey, or red, green and "
                    "blue");
}

TEST_CASE("An image's header is read from its file, also behind a long profile", "[image]") {
  const TemporaryFolder folder;
  std::string profiled = jpeg(8, 6, 3);
  for (int i = 0; i < 3; ++i) {  // application segments of 60000 bytes behind the first marker
    profiled.insert(2, std::string("\xff\xe2\xea\x62") + std::string(60000, 'p'));
  }
  floatsd::write_file(folder / "a.jpg", profiled);
  CHECK(floatsd::images::read_header(folder / "a.jpg").size == ImageSize{8, 6});
  const std::string pipe = (folder / "pipe.png").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(floatsd::images::read_header(pipe),
                    pipe + ": cannot be read: it is a pipe or device, expected a regular file");
  CHECK_THROWS_WITH(floatsd::images::read_header(folder / "none.png"),
                    (folder / "none.png").string() + ": cannot be read: No such file or directory");
}

TEST_CASE("Images with any byte changed give an error or an image, nothing else", "[image]") {
  std::mt19937 random(1);
  for (const std::string& whole :
       {png(9, 9, 3), jpeg(17, 16, 3), jpeg(16, 9, 1), std::string("P6\n2 1\n255\nabcdef")}) {
    int errors = 0;
    for (int i = 0; i < 300; ++i) {
      std::string bytes = whole;
      for (int change = 0; change <= i % 3; ++change) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      try {
        const Image image = decode(bytes, "x");
        const ImageHeader& header = image.header;
        CHECK(static_cast<int64_t>(image.pixels.size()) ==
              header.size.height * header.size.width * header.channels);
      } catch (const floatsd::Error&) {
        ++errors;
      }
    }
    CHECK(errors > 0);
  }
}
