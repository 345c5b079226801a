// floatsd predict: the classes that an integer network sees in image files.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "commands.h"
#include "console.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "floatsd/images/image.h"
#include "floatsd/runtime/interpreter.h"
#include "images/image_folder.h"
#include "images/resize.h"
#include "open_model.h"
#include "printable.h"
#include "shared_flags.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShownClasses = 5;
constexpr size_t kImagesAtOnce = 256;

struct PredictFlags {
  SharedFlags shared;
  std::string model;
  std::vector<std::string> images;
  bool resize = false;
};

struct Guess {
  size_t label = 0;
  double probability = 0;
};

/// The likeliest classes of one image, which the softmax of the codes' real values ranks; the lower
/// class first at a tie.
std::vector<Guess> likeliest(std::span<const uint8_t> codes, double scale) {
  const uint8_t largest = *std::max_element(codes.begin(), codes.end());
  std::vector<double> likelihoods;
  for (const uint8_t code : codes) {
    likelihoods.push_back(std::exp(scale * (code - largest)));
  }
  const double sum = std::accumulate(likelihoods.begin(), likelihoods.end(), 0.0);
  std::vector<Guess> guesses;
  for (size_t label = 0; label < codes.size(); ++label) {
    guesses.push_back({label, likelihoods[label] / sum});
  }
  std::stable_sort(guesses.begin(), guesses.end(),
                   [&](const Guess& a, const Guess& b) { return codes[a.label] > codes[b.label]; });
  guesses.resize(std::min(guesses.size(), kShownClasses));
  return guesses;
}

/// Whether it reads as the HEIGHTxWIDTH that other subcommands have behind --resize.
bool is_size(const std::string& text) {
  try {
    images::parse_size(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// What the network says of images, and what is wrong with those of which it says nothing.
struct Answers {
  std::vector<fs::path> files;
  std::vector<std::vector<Guess>> guesses;  ///< the likeliest classes of each file
  std::vector<std::string> errors;          ///< a line for each file or folder

  void refuse(const Error& error) { errors.emplace_back(error.what()); }
};

/// The files, and of folders the images in them.
std::vector<fs::path> image_files(const std::vector<std::string>& names, Answers& answers) {
  std::vector<fs::path> files;
  for (const std::string& name : names) {
    std::error_code unreachable;
    if (!fs::is_directory(name, unreachable)) {
      require(fs::exists(name, unreachable) || !is_size(name),
              "predict: " + name +
                  ": no such image; --resize takes no value here, as the network's size is known");
      files.emplace_back(name);
      continue;
    }
    try {
      const std::vector<fs::path> found =
          images::list_images(name, [&](const Error& error) { answers.refuse(error); });
      files.insert(files.end(), found.begin(), found.end());
    } catch (const Error& error) {
      answers.refuse(error);
    }
  }
  return files;
}

/// The bytes that the program reads of an image.
std::vector<uint8_t> read_pixels(const fs::path& file, const runtime::Program& program,
                                 const PredictFlags& flags) {
  const auto& [channels, height, width] = program.input_shape;
  const images::Image image = images::read_image(file);
  const images::ImageSize expected{height, width};
  const images::ImageSize& found = image.header.size;
  return named(file.string(), [&] {
    std::vector<uint8_t> pixels = images::planes(image, channels);
    if (found == expected) {
      return pixels;
    }
    require(flags.resize, std::to_string(found.height) + " x " + std::to_string(found.width) +
                              " pixels, expected " + std::to_string(height) + " x " +
                              std::to_string(width) + " as " + program.network +
                              " reads (--resize makes them so)");
    return images::resize(pixels, channels, found, expected);
  });
}

/// The pixels of those files that can be read; they, and what is wrong with the others, are added
/// to the answers.
std::vector<uint8_t> read_all(std::span<const fs::path> files, const runtime::Program& program,
                              const PredictFlags& flags, Answers& answers) {
  std::vector<uint8_t> pixels;
  for (const fs::path& file : files) {
    try {
      const std::vector<uint8_t> image = read_pixels(file, program, flags);
      pixels.insert(pixels.end(), image.begin(), image.end());
      answers.files.push_back(file);
    } catch (const Error& error) {
      answers.refuse(error);
    }
  }
  return pixels;
}

Answers predict(const runtime::Interpreter& network, const PredictFlags& flags, int threads) {
  Answers answers;
  const std::vector<fs::path> files = image_files(flags.images, answers);
  const runtime::Program& program = network.program();
  const double scale = runtime::output_qparams(program, program.ops.back()).scale;
  const auto classes = static_cast<size_t>(runtime::output_shapes(program).back().size());
  Work work(shown_progress(), "predict", "images", static_cast<int64_t>(files.size()));
  for (size_t first = 0; first < files.size(); first += kImagesAtOnce) {
    const auto some =
        std::span(files).subspan(first, std::min(kImagesAtOnce, files.size() - first));
    const std::vector<uint8_t> pixels = read_all(some, program, flags, answers);
    const std::vector<uint8_t> codes =
        pixels.empty() ? std::vector<uint8_t>() : network.run(pixels, threads);
    for (size_t at = 0; at < codes.size(); at += classes) {
      answers.guesses.push_back(likeliest(std::span(codes).subspan(at, classes), scale));
    }
    work.advance(std::ssize(some));
  }
  return answers;
}

std::string class_name(const runtime::Program& program, size_t label) {
  return program.class_names.empty() ? std::to_string(label) : program.class_names[label];
}

std::string line(const runtime::Program& program, const fs::path& file,
                 const std::vector<Guess>& guesses) {
  std::string text = file.string() + ":";
  for (const Guess& guess : guesses) {
    char percent[32];
    std::snprintf(percent, sizeof percent, " %.1f %%", 100 * guess.probability);
    text += (text.back() == ':' ? " " : ", ") + class_name(program, guess.label) + percent;
  }
  return printable(text);
}

nlohmann::ordered_json json(const runtime::Program& program, const fs::path& file,
                            const std::vector<Guess>& guesses) {
  nlohmann::ordered_json image = {{"file", file.string()}, {"classes", nlohmann::json::array()}};
  for (const Guess& guess : guesses) {
    image["classes"].push_back({{"class", guess.label},
                                {"name", class_name(program, guess.label)},
                                {"probability", guess.probability}});
  }
  return image;
}

/// Of `--resize=28x28`, which CLI11 would take for yes.
std::string takes_no_value(const std::string& text) {
  return text == "true" || text == "false"
             ? ""
             : text + ": takes no value here, as the network's size is known";
}

/// Says all, the last one by throwing it; nothing if there is none.
void throw_all(const std::vector<std::string>& errors) {
  for (size_t i = 0; i + 1 < errors.size(); ++i) {
    warn(printable("floatsd: " + errors[i]));
  }
  if (!errors.empty()) {
    throw Error(errors.back());
  }
}

void run_predict(const PredictFlags& flags) {
  const int threads = apply(flags.shared);
  const runtime::Interpreter network(open_model(flags.model));
  const Answers answers = predict(network, flags, threads);
  nlohmann::ordered_json images = nlohmann::json::array();
  for (size_t i = 0; i < answers.files.size(); ++i) {
    report(flags.shared, line(network.program(), answers.files[i], answers.guesses[i]));
    images.push_back(json(network.program(), answers.files[i], answers.guesses[i]));
  }
  nlohmann::ordered_json object = {{"network", network.program().network}, {"images", images}};
  if (!answers.errors.empty()) {
    object["errors"] = answers.errors;
  }
  print_json(flags.shared, object);
  throw_all(answers.errors);
}

}  // namespace

void add_predict_command(CLI::App& app) {
  auto flags = std::make_shared<PredictFlags>();
  CLI::App* command =
      app.add_subcommand("predict", "The likeliest classes of images, by an integer network");
  command->footer("\n  floatsd predict runs/first/model.safetensors photo.png more-photos/");
  command->add_option("model", flags->model, "The model file")->required()->type_name(kFile);
  command
      ->add_option("images", flags->images,
                   "PNG, JPEG, PGM or PPM files, and folders of such files")
      ->required()
      ->type_name("FILE|DIR");
  command
      ->add_flag("--resize", flags->resize,
                 "Make images of another size the network's, without a value: scaled to cover it, "
                 "and the middle cut out (data/README.md)")
      ->check(takes_no_value);
  add_output_flags(*command, flags->shared);
  command->callback([flags] { run_predict(*flags); });
}

}  // namespace floatsd::app
