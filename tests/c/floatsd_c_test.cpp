#include "floatsd/floatsd_c.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "c/allocations.h"
#include "catch.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/version.h"
#include "runtime/sample_program.h"

using floatsd::runtime::Interpreter;
using floatsd::runtime::Program;

namespace {

using Codes = std::vector<uint8_t>;

struct Free {
  void operator()(floatsd_model* model) const { floatsd_free_model(model); }
  void operator()(floatsd_session* session) const { floatsd_free_session(session); }
};
using Model = std::unique_ptr<floatsd_model, Free>;
using Session = std::unique_ptr<floatsd_session, Free>;

/// A folder of its own for each test, gone with it.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("floatsd_c_test." + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directory(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

std::string model_bytes(const Program& program) {
  const Folder folder;
  const std::filesystem::path path = folder.path / "model.safetensors";
  floatsd::runtime::save_model(program, path);
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Model parse(const std::string& bytes) { return Model(floatsd_parse(bytes.data(), bytes.size())); }

Model model_of(const Program& program) { return parse(model_bytes(program)); }

Session session_of(const Model& model) { return Session(floatsd_new_session(model.get())); }

Codes run(const Session& session, const Codes& images, size_t codes) {
  Codes found(codes);
  CHECK(floatsd_run(session.get(), images.data(), images.size(), found.data(), nullptr, nullptr) ==
        0);
  return found;
}

}  // namespace

TEST_CASE("Every code, value and class is the interpreter's", "[c]") {
  const uint32_t seed = GENERATE(range(1U, 4U));
  const Program program =
      GENERATE_COPY(sample::lenet_like(seed), sample::residual(seed), sample::branches(seed));
  const Interpreter interpreter(program);
  const Model model = model_of(program);
  const Session session = session_of(model);
  const size_t outputs = floatsd_outputs(model.get());
  std::mt19937 random(seed);
  for (const size_t count : {0, 1, 6, 20}) {
    const Codes images =
        sample::codes(random, static_cast<int64_t>(count) * program.input_shape.size());
    Codes codes(count * outputs);
    std::vector<float> values(count * outputs);
    std::vector<int32_t> classes(count);
    REQUIRE(floatsd_run(session.get(), images.data(), images.size(), codes.data(), values.data(),
                        classes.data()) == 0);
    CHECK(codes == interpreter.run(images, 1));
    CHECK(classes == interpreter.classify(images, 1));
    const floatsd::QParams output = output_qparams(program, program.ops.back());
    CHECK(std::equal(values.begin(), values.end(), codes.begin(), [&](float value, uint8_t code) {
      return value == output.scale * static_cast<float>(code - output.zero_point);
    }));
    std::fill(classes.begin(), classes.end(), -1);
    CHECK(floatsd_run(session.get(), images.data(), images.size(), nullptr, nullptr,
                      classes.data()) == 0);
    CHECK(classes == interpreter.classify(images, 1));
  }
}

TEST_CASE("A model says what it reads and what it answers", "[c]") {
  Program program = sample::tiny(1);
  program.class_names = {"cat", "dog"};
  program.normalization = {.mean = {0.5F}, .deviation = {0.25F}};
  const Model model = model_of(program);
  CHECK(std::string(floatsd_network(model.get())) == "tiny");
  CHECK(floatsd_channels(model.get()) == 1);
  CHECK(floatsd_height(model.get()) == 4);
  CHECK(floatsd_width(model.get()) == 4);
  CHECK(floatsd_image_size(model.get()) == 16);
  CHECK(floatsd_outputs(model.get()) == 2);
  CHECK(std::string(floatsd_class_name(model.get(), 1)) == "dog");
  CHECK(floatsd_class_name(model.get(), 2) == nullptr);
  CHECK(std::string(floatsd_last_error()) == "floatsd_class_name: class 2, expected one below 2");
  CHECK(*floatsd_mean(model.get()) == 0.5F);
  CHECK(*floatsd_deviation(model.get()) == 0.25F);
  const floatsd::QParams output = output_qparams(program, program.ops.back());
  CHECK(floatsd_output_scale(model.get()) == output.scale);
  CHECK(floatsd_output_zero_point(model.get()) == output.zero_point);
  CHECK(std::string(floatsd_version()) == FLOATSD_VERSION);
}

TEST_CASE("What a model does not say is null", "[c]") {
  const Model model = model_of(sample::tiny(1));
  CHECK(floatsd_class_name(model.get(), 0) == nullptr);
  CHECK(floatsd_mean(model.get()) == nullptr);
  CHECK(floatsd_deviation(model.get()) == nullptr);
}

TEST_CASE("A file is loaded, and one that is missing is refused by its path", "[c]") {
  const Folder folder;
  const std::string path = folder.path / "model.safetensors";
  CHECK(floatsd_load(path.c_str()) == nullptr);
  CHECK_THAT(floatsd_last_error(), Catch::StartsWith(path + ": "));
  floatsd::runtime::save_model(sample::tiny(1), path);
  CHECK(Model(floatsd_load(path.c_str())) != nullptr);
}

TEST_CASE("A damaged file is refused wherever it ends", "[c]") {
  const std::string whole = model_bytes(sample::tiny(1));
  for (size_t size = 0; size < whole.size(); ++size) {
    if (parse(whole.substr(0, size)) != nullptr) {
      FAIL("the first " << size << " of " << whole.size() << " bytes were taken");
    }
  }
  CHECK_THAT(floatsd_last_error(), Catch::StartsWith("floatsd_parse: "));
}

TEST_CASE("Images of another size are refused", "[c]") {
  const Model model = model_of(sample::tiny(1));
  const Session session = session_of(model);
  const Codes images(17);
  CHECK(floatsd_run(session.get(), images.data(), images.size(), nullptr, nullptr, nullptr) == -1);
  CHECK(std::string(floatsd_last_error()) ==
        "floatsd_run: images of 17 bytes, expected a multiple of 16");
}

TEST_CASE("Null is refused where a pointer is required", "[c]") {
  const Model model = model_of(sample::tiny(1));
  const Session session = session_of(model);
  CHECK(floatsd_load(nullptr) == nullptr);
  CHECK(std::string(floatsd_last_error()) == "floatsd_load: path is null");
  CHECK(floatsd_parse(nullptr, 0) == nullptr);
  CHECK(floatsd_network(nullptr) == nullptr);
  CHECK(floatsd_channels(nullptr) == 0);
  CHECK(floatsd_height(nullptr) == 0);
  CHECK(floatsd_width(nullptr) == 0);
  CHECK(floatsd_image_size(nullptr) == 0);
  CHECK(floatsd_outputs(nullptr) == 0);
  CHECK(floatsd_class_name(nullptr, 0) == nullptr);
  CHECK(floatsd_mean(nullptr) == nullptr);
  CHECK(floatsd_deviation(nullptr) == nullptr);
  CHECK(floatsd_output_scale(nullptr) == 0);
  CHECK(floatsd_output_zero_point(nullptr) == 0);
  CHECK(floatsd_session_size(nullptr) == 0);
  CHECK(floatsd_new_session(nullptr) == nullptr);
  CHECK(floatsd_new_session_in(nullptr, nullptr, 0) == nullptr);
  CHECK(floatsd_new_session_in(model.get(), nullptr, 1000000) == nullptr);
  CHECK(floatsd_run(nullptr, nullptr, 0, nullptr, nullptr, nullptr) == -1);
  CHECK(floatsd_run(session.get(), nullptr, 16, nullptr, nullptr, nullptr) == -1);
  CHECK(std::string(floatsd_last_error()) == "floatsd_run: images is null");
  floatsd_free_model(nullptr);
  floatsd_free_session(nullptr);
}

TEST_CASE("An error is the thread's own", "[c]") {
  CHECK(floatsd_load(nullptr) == nullptr);
  std::string other = "not asked";
  std::thread([&] { other = floatsd_last_error(); }).join();
  CHECK(other.empty());
}

TEST_CASE("A session keeps to the caller's memory", "[c]") {
  const Program program = sample::branches(1);
  const Model model = model_of(program);
  const size_t size = floatsd_session_size(model.get());
  std::vector<std::byte> memory(1 + size + 64, std::byte{0xA5});  // begins at an odd address
  CHECK(floatsd_new_session_in(model.get(), memory.data(), size - 1) == nullptr);
  CHECK(std::string(floatsd_last_error()) == "floatsd_new_session_in: " + std::to_string(size - 1) +
                                                 " bytes, expected " + std::to_string(size));
  const Session session(floatsd_new_session_in(model.get(), memory.data() + 1, size));
  std::mt19937 random(1);
  const Codes images = sample::codes(random, 20 * program.input_shape.size());
  const Codes expected = Interpreter(program).run(images, 1);
  CHECK(run(session, images, expected.size()) == expected);
  CHECK(memory.front() == std::byte{0xA5});
  CHECK(std::count(memory.end() - 64, memory.end(), std::byte{0xA5}) == 64);
}

TEST_CASE("A session outlives its model", "[c]") {
  const Program program = sample::tiny(1);
  Model model = model_of(program);
  const Session session = session_of(model);
  model.reset();
  const Codes images(32, 100);
  CHECK(run(session, images, 4) == Interpreter(program).run(images, 1));
}

TEST_CASE("Two threads run on one model", "[c]") {
  const Program program = sample::residual(1);
  const Model model = model_of(program);
  std::mt19937 random(1);
  const Codes images = sample::codes(random, 50 * program.input_shape.size());
  const Codes expected = Interpreter(program).run(images, 1);
  int equal[2] = {};
  const auto work = [&](int& count) {
    const Session session = session_of(model);
    for (int i = 0; i < 20; ++i) {
      Codes codes(expected.size());
      floatsd_run(session.get(), images.data(), images.size(), codes.data(), nullptr, nullptr);
      count += codes == expected ? 1 : 0;
    }
  };
  std::thread other(work, std::ref(equal[0]));
  work(equal[1]);
  other.join();
  CHECK(equal[0] == 20);
  CHECK(equal[1] == 20);
}

TEST_CASE("An inference asks for no memory, and a session in the caller's for a handle alone",
          "[c]") {
  if (!allocations::are_counted()) {
    return;
  }
  const Program program = GENERATE(sample::lenet_like(1), sample::residual(1), sample::branches(1));
  const Model model = model_of(program);
  std::vector<std::byte> memory(floatsd_session_size(model.get()));
  std::mt19937 random(1);
  const Codes images = sample::codes(random, 20 * program.input_shape.size());
  Codes codes(20 * floatsd_outputs(model.get()));
  std::vector<float> values(codes.size());
  std::vector<int32_t> classes(20);

  const long before = allocations::count();
  const Session session(floatsd_new_session_in(model.get(), memory.data(), memory.size()));
  const long made = allocations::count();
  const int failed = floatsd_run(session.get(), images.data(), images.size(), codes.data(),
                                 values.data(), classes.data());
  const long ran = allocations::count();
  CHECK(failed == 0);
  CHECK(ran - made == 0);
  CHECK(made - before >= 1);
}
