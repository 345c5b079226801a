// floatsd formats: the weight formats that a rule can name.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "floatsd/core/codebook.h"
#include "floatsd/models/zoo.h"
#include "nn/count_weights.h"
#include "shared_flags.h"

namespace floatsd::app {
namespace {

void run_formats(const SharedFlags& flags) {
  const int64_t lenet = nn::count_weights(models::make_architecture("lenet"));
  const int64_t mobilenet = nn::count_weights(models::make_architecture("mobilenetv2"));
  auto list = nlohmann::ordered_json::array();
  if (!flags.json) {
    std::printf("%-20s %4s %7s %8s %17s %12s %18s\n", "format", "bits", "levels", "largest",
                "partial products", "LeNet bytes", "MobileNetV2 bytes");
  }
  for (const Codebook& book : codebooks()) {
    if (flags.json) {
      list.push_back({{"name", book.name},
                      {"bits", book.bits},
                      {"levels", book.level_count()},
                      {"largest", book.max_level()},
                      {"partial_products", partial_products(book)},
                      {"lenet_bytes", stored_bytes(book, lenet)},
                      {"mobilenetv2_bytes", stored_bytes(book, mobilenet)}});
      continue;
    }
    std::printf("%-20s %4d %7d %8d %17d %12lld %18lld\n", book.name.c_str(), book.bits,
                book.level_count(), book.max_level(), partial_products(book),
                static_cast<long long>(stored_bytes(book, lenet)),
                static_cast<long long>(stored_bytes(book, mobilenet)));
  }
  print_json(flags, {{"formats", list}});
}

}  // namespace

void add_formats_command(CLI::App& app) {
  auto flags = std::make_shared<SharedFlags>();
  CLI::App* command = app.add_subcommand("formats", "List the weight formats");
  command->footer(R"(
largest: a weight is level * scale, with levels from -largest to largest. partial products: the
shifted copies of an activation that one multiplication adds up, at the worst level. bytes: of the
weights alone. A file CODEBOOK.json is a format of your own; fp8-* are formats of --activations and
--gradients.
docs/formats.md has each format's levels, rounding and codes.)");
  add_output_flags(*command, *flags);
  command->callback([flags] { run_formats(*flags); });
}

}  // namespace floatsd::app
