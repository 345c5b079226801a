#include "data_command.h"

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "download.h"
#include "floatsd/core/error.h"
#include "floatsd/core/file.h"
#include "floatsd/core/suggest.h"
#include "floatsd/data/gzip.h"
#include "sha256.h"

namespace floatsd::app {
namespace {

using std::filesystem::path;

/// The sum is of the unpacked content: the same file is packed differently from mirror to mirror.
struct PublishedFile {
  std::string name;
  std::string content_sha256;
};

struct PublishedDataset {
  std::string name;
  std::vector<std::string> mirrors;
  std::vector<PublishedFile> files;  ///< each lies on a mirror as name.gz
};

const std::array<PublishedDataset, 1>& published_datasets() {
  static const std::array<PublishedDataset, 1> kPublished = {{{
      .name = "mnist",
      .mirrors = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                  "https://storage.googleapis.com/cvdf-datasets/mnist/"},
      .files = {{"train-images-idx3-ubyte",
                 "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
                {"train-labels-idx1-ubyte",
                 "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
                {"t10k-images-idx3-ubyte",
                 "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
                {"t10k-labels-idx1-ubyte",
                 "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}},
  }}};
  return kPublished;
}

const PublishedDataset& find_published(const std::string& name) {
  std::vector<std::string> names;
  for (const PublishedDataset& dataset : published_datasets()) {
    if (dataset.name == name) {
      return dataset;
    }
    names.push_back(dataset.name);
  }
  throw Error("data set '" + name + "' is unknown" + suggest(name, names));
}

/// Throws Error unless `content` is the published one.
void check(const std::string& content, const PublishedFile& file, const std::string& where) {
  const std::string found = sha256(content);
  if (found != file.content_sha256) {
    throw Error(where + ": content with SHA-256 " + found + ", expected " + file.content_sha256);
  }
}

bool is_intact(const path& path, const PublishedFile& file) {
  try {
    check(data::read_unpacked(path), file, path.string());
    return true;
  } catch (const Error&) {
    return false;
  }
}

struct Download {
  std::string url;
  std::string bytes;
};

/// The file from the first mirror that has it intact.
Download download_checked(const PublishedFile& file, const std::vector<std::string>& mirrors) {
  std::string failures;
  for (const std::string& mirror : mirrors) {
    const std::string url = mirror + (mirror.ends_with('/') ? "" : "/") + file.name + ".gz";
    try {
      Download result{url, download(url)};
      check(data::gunzip(result.bytes, url), file, url);
      return result;
    } catch (const Error& error) {
      failures += (failures.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  throw Error(file.name + ".gz: could not be fetched: " + failures);
}

void make_folder(const path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) {
    throw Error(folder.string() + ": cannot be made: " + code.message());
  }
}

void fetch(const PublishedDataset& dataset, const path& folder,
           const std::vector<std::string>& mirrors) {
  for (const PublishedFile& file : dataset.files) {
    const path packed = folder / (file.name + ".gz");
    if (is_intact(folder / file.name, file) || is_intact(packed, file)) {
      std::cout << file.name << ": already in " << folder.string() << std::endl;
      continue;
    }
    const Download result = download_checked(file, mirrors);
    make_folder(folder);  // not before: a fetch that fails leaves not even that
    write_file(packed, result.bytes);
    std::cout << packed.string() << ": fetched from " << result.url << std::endl;
  }
}

struct FetchOptions {
  std::string name;
  std::string root;
  std::string mirror;
};

}  // namespace

void add_data_command(CLI::App& command) {
  CLI::App* data = command.add_subcommand("data", "Get the data sets");
  data->require_subcommand(1);
  CLI::App* fetch_command = data->add_subcommand("fetch", "Download a data set and check it");
  const auto options = std::make_shared<FetchOptions>();
  fetch_command->add_option("NAME", options->name, "Data set: mnist")->required();
  fetch_command->add_option("DIR", options->root, "Root of the data sets: files go to DIR/NAME")
      ->required();
  fetch_command->add_option("--mirror", options->mirror,
                            "URL of the folder with the files, instead of the known mirrors");
  fetch_command->callback([options] {
    const PublishedDataset& dataset = find_published(options->name);
    fetch(dataset, path(options->root) / dataset.name,
          options->mirror.empty() ? dataset.mirrors : std::vector{options->mirror});
  });
}

}  // namespace floatsd::app
