// floatsd formats: the weight formats that a rule can name.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "floatsd/core/codebook.h"
#include "shared_flags.h"

namespace floatsd::app {
namespace {

void run_formats(const SharedFlags& flags) {
  if (flags.json) {
    auto list = nlohmann::ordered_json::array();
    for (const Codebook& book : codebooks()) {
      list.push_back({{"name", book.name},
                      {"bits", book.bits},
                      {"levels", book.level_count()},
                      {"largest", book.max_level()},
                      {"partial_products", partial_products(book)}});
    }
    print_json(flags, {{"formats", list}});
    return;
  }
  std::printf("%-12s %4s %7s %8s %17s\n", "format", "bits", "levels", "largest",
              "partial products");
  for (const Codebook& book : codebooks()) {
    std::printf("%-12s %4d %7d %8d %17d\n", book.name.c_str(), book.bits, book.level_count(),
                book.max_level(), partial_products(book));
  }
}

}  // namespace

void add_formats_command(CLI::App& app) {
  auto flags = std::make_shared<SharedFlags>();
  CLI::App* command = app.add_subcommand("formats", "List the weight formats");
  command->footer(R"(
largest: a weight is level * scale, with levels from -largest to largest. partial products: the
shifted copies of an activation that one multiplication adds up, at the worst level.)");
  command->add_flag("--json", flags->json, "One JSON object on stdout");
  command->callback([flags] { run_formats(*flags); });
}

}  // namespace floatsd::app
