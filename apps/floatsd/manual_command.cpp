// floatsd manual: man pages and shell completion, written from the command's own options.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "console.h"
#include "core/file.h"
#include "describe_command.h"
#include "floatsd/core/error.h"
#include "floatsd/version.h"
#include "man_page.h"
#include "shared_flags.h"
#include "shell_completion.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

namespace fs = std::filesystem;

struct ManualFlags {
  SharedFlags shared;
  std::string folder;
};

void write_page(const fs::path& file, const std::string& content,
                std::vector<std::string>& written) {
  std::error_code code;
  fs::create_directories(file.parent_path(), code);
  if (code) {
    throw Error(file.parent_path().string() + ": cannot be made: " + code.message());
  }
  write_file(file, content);
  written.push_back(file.string());
}

void write_man_pages(const fs::path& folder, const CommandInfo& command, const CommandInfo* parent,
                     std::vector<std::string>& written) {
  std::vector<std::string> others;
  if (parent != nullptr) {
    others.push_back(page_name(*parent));
  }
  for (const CommandInfo& sub : command.subcommands) {
    others.push_back(page_name(sub));
    write_man_pages(folder, sub, &command, written);
  }
  write_page(folder / (page_name(command) + ".1"), man_page(command, FLOATSD_VERSION, others),
             written);
}

void run_manual(const CLI::App& app, const ManualFlags& flags) {
  set_verbosity(flags.shared.quiet ? Verbosity::kQuiet : Verbosity::kNormal);
  const CommandInfo command = describe(app);
  const fs::path share = flags.folder;
  std::vector<std::string> written;
  write_man_pages(share / "man/man1", command, nullptr, written);
  write_page(share / "bash-completion/completions/floatsd", bash_completion(command), written);
  write_page(share / "zsh/site-functions/_floatsd", zsh_completion(command), written);
  write_page(share / "fish/vendor_completions.d/floatsd.fish", fish_completion(command), written);
  say("written: " + std::to_string(written.size()) + " files below " + share.string());
  print_json(flags.shared, {{"files", written}});
}

}  // namespace

void add_manual_command(CLI::App& app) {
  auto flags = std::make_shared<ManualFlags>();
  CLI::App* command =
      app.add_subcommand("manual", "Write man pages, and completion for bash, zsh and fish");
  command->footer(R"(
Below DIR, as below /usr/share: man/man1, bash-completion/completions, zsh/site-functions and
fish/vendor_completions.d. An installed floatsd has them already; for one that is not, man, bash and
fish look into a folder of the user's:

  floatsd manual ~/.local/share)");
  command->add_option("DIR", flags->folder, "The share folder, made if it is not there")
      ->required()
      ->type_name(kFolder);
  add_output_flags(*command, flags->shared);
  command->callback([&app, flags] { run_manual(app, *flags); });
}

}  // namespace floatsd::app
