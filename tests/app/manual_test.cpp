#include <sstream>
#include <string>

#include "catch.h"
#include "command_info.h"
#include "help_text.h"
#include "man_page.h"
#include "shell_completion.h"

using namespace floatsd::app;

namespace {

const CommandInfo kTrain{
    .name = "floatsd train",
    .description = "Train a network",
    .footer = "\nEvery flag may stand in\nthe config file.\n\n  floatsd train --lr 0.1\n",
    .arguments = {{.names = {"file"},
                   .description = "The weights",
                   .value = {.word = "FILE", .is_file = true},
                   .is_required = true}},
    .groups = {{"Schedule",
                {{.names = {"--lr"},
                  .description = "Learning rate: the largest, after the warm-up",
                  .value = {.word = "FLOAT"},
                  .default_value = "0.1"},
                 {.names = {"--seeds"},
                  .description = "One a run",
                  .value = {.word = "UINT"},
                  .takes_several = true}}},
               {"Options",
                {{.names = {"-h", "--help"}, .description = "Print this"},
                 {.names = {"--overwrite"},
                  .description = "Replace what is there",
                  .excludes = {"--resume"}}}}}};

size_t longest_line(const std::string& text) {
  size_t longest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    longest = std::max(longest, line.size());
  }
  return longest;
}

}  // namespace

TEST_CASE("A type of values says what shells complete", "[manual]") {
  const ValueType network = parse_value_type(one_of_or_file({"lenet", "resnet20"}));
  CHECK(network.word == "NAME|FILE");
  CHECK(network.choices == std::vector<std::string>{"lenet", "resnet20"});
  CHECK(network.is_file);
  CHECK(!network.is_folder);
  const ValueType form = parse_value_type("TEXT:{c,onnx}");
  CHECK(form.word == "NAME");
  CHECK(form.choices == std::vector<std::string>{"c", "onnx"});
  CHECK(!form.is_file);
  CHECK(parse_value_type("UINT").choices.empty());
  CHECK(parse_value_type("FILE|DIR").is_folder);
  CHECK(!parse_value_type("PROFILE").is_file);
}

TEST_CASE("Help lists options in groups, descriptions beside or below them", "[manual]") {
  CHECK(help_text(kTrain, 40) == R"(Train a network
Usage: floatsd train [OPTIONS] file

Arguments:
  file       The weights

Schedule:
  --lr FLOAT
             Learning rate: the largest,
             after the warm-up [default:
             0.1]
  --seeds UINT ...
             One a run

Options:
  -h,--help  Print this
  --overwrite
             Replace what is there [not
             with --resume]

Every flag may stand in the config file.

  floatsd train --lr 0.1
)");
}

TEST_CASE("Help is never wider than it may be", "[manual]") {
  for (const int width : {40, 60, 80, 110}) {
    CHECK(longest_line(help_text(kTrain, width)) <= static_cast<size_t>(width));
  }
}

TEST_CASE("A man page writes out what roff would read as its own", "[manual]") {
  CommandInfo command{.name = "floatsd x",
                      .description = "Back\\slash - dash",
                      .footer = ".not a macro\n'nor this\n\n  floatsd x  'a'"};
  const std::string page = man_page(command, "1.2.3", {"floatsd"});
  CHECK_THAT(page, Catch::Contains("floatsd\\-x \\- Back\\eslash \\- dash"));
  CHECK_THAT(page, Catch::Contains("\n\\&.not a macro\n\\&'nor this\n"));
  CHECK_THAT(page, Catch::Contains(".nf\nfloatsd x  'a'\n.fi\n"));
  CHECK_THAT(page, Catch::Contains(".SH SEE ALSO\n.BR floatsd (1)\n"));
}

TEST_CASE("A quote in a description does not end a completion's text", "[manual]") {
  CommandInfo command{.name = "floatsd",
                      .description = "",
                      .subcommands = {{.name = "floatsd x", .description = "a layer's [y]"}}};
  CHECK_THAT(fish_completion(command), Catch::Contains(R"(-d 'a layer'\''s [y]')"));
  CHECK_THAT(zsh_completion(command), Catch::Contains(R"('x:a layer'\''s [y]')"));
}
