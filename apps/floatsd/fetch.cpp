#include "fetch.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <ostream>
#include <system_error>

#include "core/file.h"
#include "data/gzip.h"
#include "data/idx_dataset.h"
#include "download.h"
#include "floatsd/core/error.h"
#include "untar.h"

namespace floatsd::app {
namespace {

using std::filesystem::path;

/// The content of a file, or nothing if it is not as published.
std::optional<std::string> intact(const path& path, const PublishedFile& file) {
  try {
    std::string content = data::read_unpacked(path, file.bytes);
    check(content, file.content, path.string());
    return content;
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Where `folder` has the file that would be read; empty if it has none.
path found_in(const path& folder, const PublishedDataset& dataset, const PublishedFile& file) {
  std::error_code unreachable;
  if (dataset.archive) {
    return std::filesystem::exists(folder / file.name, unreachable) ? folder / file.name : path();
  }
  try {
    return data::find_idx_file(folder, file.name);
  } catch (const Error&) {
    return {};
  }
}

std::vector<PublishedFile> lacking(const PublishedDataset& dataset, const path& folder,
                                   std::ostream& lines) {
  std::vector<PublishedFile> missing;
  for (const PublishedFile& file : dataset.files) {
    const path found = found_in(folder, dataset, file);
    if (!found.empty() && intact(found, file)) {
      lines << file.name << ": already in " << folder.string() << std::endl;
    } else {
      missing.push_back(file);
    }
  }
  return missing;
}

struct Download {
  std::string url;
  std::string bytes;
};

/// `name`, of `most` bytes at most, from the first mirror whose bytes `accept` does not refuse by
/// an Error.
Download download_checked(const std::string& name, size_t most,
                          const std::vector<std::string>& mirrors, const OnProgress& on_progress,
                          const std::function<void(const Download&)>& accept) {
  std::string failures;
  for (const std::string& mirror : mirrors) {
    const std::string url = mirror + (mirror.ends_with('/') ? "" : "/") + name;
    try {
      Download result{url, download(url, most, {}, on_progress)};
      accept(result);
      return result;
    } catch (const Error& error) {
      failures += (failures.empty() ? "" : "; ") + std::string(error.what());
    }
  }
  throw Error(name + ": could not be fetched: " + failures);
}

/// Not before there is something to put into it: a fetch that fails leaves no folder.
void write_into(const path& folder, const std::string& name, const std::string& bytes) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) {
    throw Error(folder.string() + ": cannot be made: " + code.message());
  }
  write_file(folder / name, bytes);
}

/// As a .gz; but a damaged file that would be read before that is replaced where it lies.
void fetch_packed(const PublishedFile& file, const PublishedDataset& dataset, const path& folder,
                  std::ostream& lines, const OnProgress& on_progress) {
  const std::string name = file.name + ".gz";
  const path damaged = found_in(folder, dataset, file);
  const bool is_before = !damaged.empty() && damaged != folder / name;
  if (is_before) {
    if (const auto content = intact(folder / name, file)) {
      write_file(damaged, *content);
      lines << damaged.string() << ": was damaged, unpacked anew from its .gz" << std::endl;
      return;
    }
  }
  std::string content;
  const Download result = download_checked(name, data::most_packed(file.bytes), dataset.mirrors,
                                           on_progress, [&](const Download& found) {
                                             content =
                                                 data::gunzip(found.bytes, found.url, file.bytes);
                                             check(content, file.content, found.url);
                                           });
  if (is_before) {
    write_file(damaged, damaged.extension() == ".gz" ? result.bytes : content);
    lines << damaged.string() << ": was damaged, fetched from " << result.url << std::endl;
    return;
  }
  write_into(folder, name, result.bytes);
  lines << (folder / name).string() << ": fetched from " << result.url << std::endl;
}

void fetch_archive(const PublishedDataset& dataset, std::vector<PublishedFile> missing,
                   const path& folder, std::ostream& lines, const OnProgress& on_progress) {
  const PublishedArchive& archive = *dataset.archive;
  lines << archive.name << ": fetching " << archive.bytes / 1000000 << " MB" << std::endl;
  const Download result = download_checked(
      archive.name, archive.bytes, dataset.mirrors, on_progress,
      [&](const Download& found) { check(found.bytes, archive.checksum, found.url); });
  untar(result.bytes, result.url, [&](const std::string& name, const std::string& content) {
    const auto file = std::ranges::find(missing, name, &PublishedFile::name);
    if (file != missing.end()) {
      check(content, file->content, result.url + ", " + name);
      write_into(folder, name, content);
      lines << (folder / name).string() << ": unpacked from " << result.url << std::endl;
      missing.erase(file);
    }
  });
  if (!missing.empty()) {
    throw Error(result.url + ": no " + missing.front().name + " in it, expected one");
  }
}

}  // namespace

void fetch(const PublishedDataset& dataset, const path& folder, std::ostream& lines,
           const OnProgress& on_progress) {
  const std::vector<PublishedFile> missing = lacking(dataset, folder, lines);
  if (missing.empty()) {
    return;
  }
  if (dataset.archive) {
    fetch_archive(dataset, missing, folder, lines, on_progress);
    return;
  }
  for (const PublishedFile& file : missing) {
    fetch_packed(file, dataset, folder, lines, on_progress);
  }
}

}  // namespace floatsd::app
