#pragma once
// The C of a program, compiled and run: what every layer has for some images.

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "floatsd/emit/c_source.h"
#include "temporary_folder.h"

namespace compiled_c {

using namespace floatsd;

inline void run(const std::string& command) {
  if (std::system(command.c_str()) != 0) {
    throw std::runtime_error("failed: " + command);
  }
}

inline std::vector<uint8_t> read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Images or codes of that shape, one after another, from one order of axes to the other.
inline std::vector<uint8_t> channels_last(const ActivationShape& shape,
                                          std::span<const uint8_t> chw) {
  std::vector<uint8_t> hwc(chw.size());
  const int64_t pixels = shape.height * shape.width;
  for (size_t i = 0; i < chw.size(); ++i) {
    const int64_t image = i / shape.size() * shape.size();
    const int64_t c = i % shape.size() / pixels;
    const int64_t pixel = i % pixels;
    hwc[image + pixel * shape.channels + c] = chw[i];
  }
  return hwc;
}

/// A compiler with its options, and the command that runs a program of its machine.
struct Machine {
  std::string compiler = "cc -O1 -fsanitize=undefined,address";
  std::string runner;
};

inline bool is_installed(const std::string& command) {
  return std::system(("command -v " + command + " >/dev/null").c_str()) == 0;
}

/// The command that compiles as strictly as C99 allows.
inline std::string compile(const emit::CSource& c, const std::string& compiler) {
  return compiler + " -std=c99 -Wall -Wextra -Werror -pedantic " + c.name + ".c";
}

/// Every layer's codes of every image as the C has them: image by image, layer by layer, [H, W, C].
inline std::vector<uint8_t> trace(const runtime::Program& program, std::span<const uint8_t> images,
                                  const Machine& machine = {}) {
  const TemporaryFolder folder;
  const emit::CSource c = emit::c_source(program, images.first(program.input_shape.size()));
  write_c_source(c, folder.path());
  const std::vector<uint8_t> pixels = channels_last(program.input_shape, images);
  std::ofstream(folder.path() / "images", std::ios::binary)
      .write(reinterpret_cast<const char*>(pixels.data()), pixels.size());
  std::string upper = c.name;
  for (char& letter : upper) {
    letter = static_cast<char>(std::toupper(letter));
  }
  const std::string in_folder = "cd " + folder.path().string() + " && ";
  run(in_folder + compile(c, "cc -O1") + " " + c.name + "_test.c -o test && ./test >/dev/null");
  run(in_folder + compile(c, machine.compiler + " -D" + upper + "_TRACE") + " " + c.name +
      "_test.c -o trace && " + machine.runner + " ./trace <images >codes");
  return read_bytes(folder.path() / "codes");
}

/// The lines with "mul" of what `list` says of the compiled program: an instruction that
/// multiplies, or the name of a function that does.
inline int count_multiplications(const runtime::Program& program, const std::string& compiler,
                                 const std::string& list) {
  const TemporaryFolder folder;
  const emit::CSource c = emit::c_source(program, {});
  write_c_source(c, folder.path());
  run("cd " + folder.path().string() + " && " + compile(c, compiler + " -c -o object") + " && " +
      list + " object >list");
  std::ifstream lines(folder.path() / "list");
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    count += line.find("mul") != std::string::npos ? 1 : 0;
  }
  return count;
}

/// Every layer's codes as trace has them, from the interpreter's.
inline std::vector<uint8_t> expected(const runtime::Program& program,
                                     const std::vector<std::vector<uint8_t>>& layers) {
  const std::vector<ActivationShape> shapes = output_shapes(program);
  std::vector<std::vector<uint8_t>> hwc;
  for (size_t i = 0; i < layers.size(); ++i) {
    hwc.push_back(channels_last(shapes[i], layers[i]));
  }
  std::vector<uint8_t> all;
  const size_t images = layers[0].size() / shapes[0].size();
  for (size_t image = 0; image < images; ++image) {
    for (size_t i = 0; i < layers.size(); ++i) {
      const auto* const first = hwc[i].data() + image * shapes[i].size();
      all.insert(all.end(), first, first + shapes[i].size());
    }
  }
  return all;
}

}  // namespace compiled_c
