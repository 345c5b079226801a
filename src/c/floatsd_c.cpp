#include "floatsd/floatsd_c.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "floatsd/core/error.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/version.h"

using floatsd::Error;
using floatsd::QParams;
using floatsd::runtime::Interpreter;
using floatsd::runtime::Program;

struct floatsd_model {
  std::shared_ptr<const Interpreter> network;

  explicit floatsd_model(Program program)
      : network(std::make_shared<const Interpreter>(std::move(program))) {}

  [[nodiscard]] const Program& program() const { return network->program(); }
};

namespace {

thread_local char last_error[1024] = "";  // no memory is needed to say that there is none

void remember(const char* message) { std::snprintf(last_error, sizeof last_error, "%s", message); }

/// What `work` returns; what it throws ends here.
template <typename Result, typename Work>
Result guarded(Result failed, const Work& work) noexcept {
  try {
    return work();
  } catch (const std::exception& error) {
    remember(error.what());
  } catch (...) {
    remember("an exception of another kind");
  }
  return failed;
}

template <typename T>
T& given(T* pointer, const char* what) {
  if (pointer == nullptr) {
    throw Error(std::string(what) + " is null");
  }
  return *pointer;
}

const Program& program_of(const floatsd_model* model, const char* function) {
  return given(model, function).program();
}

size_t outputs_of(const Program& program) {
  return static_cast<size_t>(output_shapes(program).back().size());
}

const QParams& output_of(const Program& program) {
  return output_qparams(program, program.ops.back());
}

/// The codes of the images that run together stand behind the interpreter's workspace.
size_t session_size(const Interpreter& network) {
  return network.workspace_bytes() + Interpreter::kImagesTogether * outputs_of(network.program());
}

void write_values(std::span<const uint8_t> codes, const QParams& output, float* values) {
  std::transform(codes.begin(), codes.end(), values, [&](uint8_t code) {
    return output.scale * static_cast<float>(code - output.zero_point);
  });
}

void write_classes(std::span<const uint8_t> codes, size_t outputs, int32_t* classes) {
  for (auto row = codes.begin(); row != codes.end(); row += outputs) {
    *classes++ = static_cast<int32_t>(std::max_element(row, row + outputs) - row);
  }
}

}  // namespace

struct floatsd_session {
  std::shared_ptr<const Interpreter> network;
  std::unique_ptr<std::byte[]> own_memory;  ///< null if it is the caller's
  std::span<std::byte> workspace;
  std::span<uint8_t> codes;  ///< of the images that run together
  size_t outputs;

  floatsd_session(const floatsd_model& model, std::unique_ptr<std::byte[]> own,
                  std::span<std::byte> memory)
      : network(model.network),
        own_memory(std::move(own)),
        workspace(memory.first(network->workspace_bytes())),
        outputs(outputs_of(network->program())) {
    // Kernels compute with whole vectors, whose ends nobody has written, and drop the rest.
    std::fill(workspace.begin(), workspace.end(), std::byte{0});
    codes = {reinterpret_cast<uint8_t*>(workspace.data() + workspace.size()),
             Interpreter::kImagesTogether * outputs};
  }

  /// Some of the images, kImagesTogether at most.
  void run(std::span<const uint8_t> images, size_t count, uint8_t* all_codes, float* values,
           int32_t* classes) const {
    const std::span<uint8_t> to = {all_codes == nullptr ? codes.data() : all_codes,
                                   count * outputs};
    network->run(images, workspace, to);
    if (values != nullptr) {
      write_values(to, output_of(network->program()), values);
    }
    if (classes != nullptr) {
      write_classes(to, outputs, classes);
    }
  }
};

const char* floatsd_version(void) { return FLOATSD_VERSION; }

const char* floatsd_last_error(void) { return last_error; }

floatsd_model* floatsd_load(const char* path) {
  return guarded<floatsd_model*>(nullptr, [&] {
    return new floatsd_model(floatsd::runtime::load_model(&given(path, "floatsd_load: path")));
  });
}

floatsd_model* floatsd_parse(const void* bytes, size_t size) {
  return guarded<floatsd_model*>(nullptr, [&] {
    const auto& first = given(static_cast<const char*>(bytes), "floatsd_parse: bytes");
    return new floatsd_model(
        floatsd::runtime::parse_model(std::string_view(&first, size), "floatsd_parse"));
  });
}

void floatsd_free_model(floatsd_model* model) { delete model; }

const char* floatsd_network(const floatsd_model* model) {
  return guarded<const char*>(
      nullptr, [&] { return program_of(model, "floatsd_network: model").network.c_str(); });
}

size_t floatsd_channels(const floatsd_model* model) {
  return guarded<size_t>(
      0, [&] { return program_of(model, "floatsd_channels: model").input_shape.channels; });
}

size_t floatsd_height(const floatsd_model* model) {
  return guarded<size_t>(
      0, [&] { return program_of(model, "floatsd_height: model").input_shape.height; });
}

size_t floatsd_width(const floatsd_model* model) {
  return guarded<size_t>(
      0, [&] { return program_of(model, "floatsd_width: model").input_shape.width; });
}

size_t floatsd_image_size(const floatsd_model* model) {
  return guarded<size_t>(
      0, [&] { return program_of(model, "floatsd_image_size: model").input_shape.size(); });
}

size_t floatsd_outputs(const floatsd_model* model) {
  return guarded<size_t>(0,
                         [&] { return outputs_of(program_of(model, "floatsd_outputs: model")); });
}

const char* floatsd_class_name(const floatsd_model* model, size_t output) {
  return guarded<const char*>(nullptr, [&]() -> const char* {
    const Program& program = program_of(model, "floatsd_class_name: model");
    const auto outputs = static_cast<size_t>(outputs_of(program));
    if (output >= outputs) {
      throw Error("floatsd_class_name: class " + std::to_string(output) + ", expected one below " +
                  std::to_string(outputs));
    }
    return program.class_names.empty() ? nullptr : program.class_names[output].c_str();
  });
}

const float* floatsd_mean(const floatsd_model* model) {
  return guarded<const float*>(nullptr, [&] {
    const auto& mean = program_of(model, "floatsd_mean: model").normalization.mean;
    return mean.empty() ? nullptr : mean.data();
  });
}

const float* floatsd_deviation(const floatsd_model* model) {
  return guarded<const float*>(nullptr, [&] {
    const auto& deviation = program_of(model, "floatsd_deviation: model").normalization.deviation;
    return deviation.empty() ? nullptr : deviation.data();
  });
}

float floatsd_output_scale(const floatsd_model* model) {
  return guarded<float>(
      0, [&] { return output_of(program_of(model, "floatsd_output_scale: model")).scale; });
}

int32_t floatsd_output_zero_point(const floatsd_model* model) {
  return guarded<int32_t>(0, [&] {
    return output_of(program_of(model, "floatsd_output_zero_point: model")).zero_point;
  });
}

size_t floatsd_session_size(const floatsd_model* model) {
  return guarded<size_t>(
      0, [&] { return session_size(*given(model, "floatsd_session_size: model").network); });
}

floatsd_session* floatsd_new_session(const floatsd_model* model) {
  return guarded<floatsd_session*>(nullptr, [&] {
    const size_t size = session_size(*given(model, "floatsd_new_session: model").network);
    auto memory = std::make_unique_for_overwrite<std::byte[]>(size);
    const std::span<std::byte> all(memory.get(), size);
    return new floatsd_session(*model, std::move(memory), all);
  });
}

floatsd_session* floatsd_new_session_in(const floatsd_model* model, void* memory, size_t size) {
  return guarded<floatsd_session*>(nullptr, [&] {
    const size_t needed = session_size(*given(model, "floatsd_new_session_in: model").network);
    auto& first = given(static_cast<std::byte*>(memory), "floatsd_new_session_in: memory");
    if (size < needed) {
      throw Error("floatsd_new_session_in: " + std::to_string(size) + " bytes, expected " +
                  std::to_string(needed));
    }
    return new floatsd_session(*model, nullptr, {&first, size});
  });
}

void floatsd_free_session(floatsd_session* session) { delete session; }

int floatsd_run(floatsd_session* session, const uint8_t* images, size_t size, uint8_t* codes,
                float* values, int32_t* classes) {
  return guarded(-1, [&] {
    const floatsd_session& own = given(session, "floatsd_run: session");
    const auto image = static_cast<size_t>(own.network->program().input_shape.size());
    if (size % image != 0) {
      throw Error("floatsd_run: images of " + std::to_string(size) +
                  " bytes, expected a multiple of " + std::to_string(image));
    }
    if (size != 0) {
      given(images, "floatsd_run: images");
    }
    while (size != 0) {
      const size_t count = std::min<size_t>(Interpreter::kImagesTogether, size / image);
      own.run({images, count * image}, count, codes, values, classes);
      images += count * image;
      size -= count * image;
      codes += codes == nullptr ? 0 : count * own.outputs;
      values += values == nullptr ? 0 : count * own.outputs;
      classes += classes == nullptr ? 0 : count;
    }
    return 0;
  });
}
