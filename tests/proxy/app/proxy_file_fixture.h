#pragma once

#include <string>

#include <gtest/gtest.h>

#include "engine/formats/diagnostic.h"
#include "proxy/app/proxy_file.h"

namespace shaketable::proxy::app {

/// A good file as a configuration; a failed test and an empty one otherwise. No other file is
/// opened.
inline live::LiveConfig config_of(const std::string& text, const std::string& name = "test.yaml") {
  engine::Diagnostics diagnostics;
  auto config = parse_proxy_file(name, text, diagnostics, {.open_files = false});
  EXPECT_TRUE(config.has_value()) << engine::render(diagnostics, false);
  return config ? *std::move(config) : live::LiveConfig{};
}

/// What a bad file is told.
inline std::string remarks_of(const std::string& text) {
  engine::Diagnostics diagnostics;
  EXPECT_FALSE(parse_proxy_file("test.yaml", text, diagnostics, {.open_files = false}).has_value());
  return engine::render(diagnostics, false);
}

}  // namespace shaketable::proxy::app
