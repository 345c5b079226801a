#include "floatsd/emit/c_source.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>

#include "core/file.h"
#include "core/refuse.h"
#include "emit/c/network.h"
#include "floatsd/runtime/interpreter.h"

namespace floatsd::emit {
namespace {

/// [N, C, H, W] -> [N, H, W, C].
std::vector<uint8_t> channels_last(const ActivationShape& shape, std::span<const uint8_t> images) {
  const int64_t pixels = shape.height * shape.width;
  std::vector<uint8_t> result;
  result.reserve(images.size());
  for (size_t first = 0; first < images.size(); first += shape.size()) {
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
      for (int64_t channel = 0; channel < shape.channels; ++channel) {
        result.push_back(images[first + channel * pixels + pixel]);
      }
    }
  }
  return result;
}

CFootprint footprint(const c::Network& network) {
  CFootprint sum{.constant_bytes = static_cast<int64_t>(network.program.input_table.size()),
                 .arena_bytes = network.arena.bytes};
  std::map<std::string, int64_t> tables;
  for (const c::Layer& layer : network.layers) {
    sum.weight_bytes += layer.c.weight_bytes;
    sum.constant_bytes += layer.c.other_bytes;
    sum.operations += layer.c.operations;
    tables.insert(layer.c.tables.begin(), layer.c.tables.end());
  }
  for (const auto& [name, bytes] : tables) {
    sum.constant_bytes += bytes;
  }
  return sum;
}

/// What the interpreter answers.
std::vector<uint8_t> output_codes(const runtime::Program& program, std::span<const uint8_t> images,
                                  const OnProgress& on_progress) {
  constexpr size_t kImagesAtOnce = 100;
  const runtime::Interpreter interpreter(program);
  const auto image = static_cast<size_t>(program.input_shape.size());
  std::vector<uint8_t> codes;
  Work work(on_progress, "golden codes", "images", static_cast<int64_t>(images.size() / image));
  for (size_t at = 0; at < images.size(); at += kImagesAtOnce * image) {
    const auto some = images.subspan(at, std::min(kImagesAtOnce * image, images.size() - at));
    const std::vector<uint8_t> answers = interpreter.run(some, 1);
    codes.insert(codes.end(), answers.begin(), answers.end());
    work.advance(static_cast<int64_t>(some.size() / image));
  }
  return codes;
}

/// Channels are counted in 16 bits.
void check_sizes(const runtime::Program& program) {
  constexpr int64_t kMost = std::numeric_limits<uint16_t>::max();
  const std::vector<ActivationShape> shapes = runtime::output_shapes(program);
  for (size_t i = 0; i < shapes.size(); ++i) {
    require(shapes[i].channels <= kMost,
            program.ops[i].name + ": " + std::to_string(shapes[i].channels) +
                " outputs have no form in C, expected at most " + std::to_string(kMost));
  }
}

}  // namespace

COperations& COperations::operator+=(const COperations& other) {
  multiplications += other.multiplications;
  shifts += other.shifts;
  additions += other.additions;
  return *this;
}

COperations operator*(int64_t times, COperations operations) {
  operations.multiplications *= times;
  operations.shifts *= times;
  operations.additions *= times;
  return operations;
}

CSource c_source(const runtime::Program& program, std::span<const uint8_t> images,
                 const OnProgress& on_progress) {
  check_sizes(program);
  const std::vector<uint8_t> codes = output_codes(program, images, on_progress);
  const c::Network network = c::lay_out(program);
  CSource c{.name = network.name,
            .header = c::header_text(network),
            .source = c::source_text(network),
            .footprint = footprint(network)};
  if (!images.empty()) {
    c.test = c::test_text(network, channels_last(program.input_shape, images),
                          channels_last(runtime::output_shapes(program).back(), codes));
  }
  return c;
}

std::vector<COperations> c_operations(const runtime::Program& program) {
  std::vector<COperations> operations;
  for (const c::Layer& layer : c::lay_out(program).layers) {
    operations.push_back(layer.c.operations);
  }
  return operations;
}

void write_c_source(const CSource& c, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  require(!error, folder.string() + ": cannot be made: " + error.message());
  write_file(folder / (c.name + ".h"), c.header);
  write_file(folder / (c.name + ".c"), c.source);
  if (!c.test.empty()) {
    write_file(folder / (c.name + "_test.c"), c.test);
  }
}

}  // namespace floatsd::emit
