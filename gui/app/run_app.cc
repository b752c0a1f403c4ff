#include "gui/app/run_app.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QEventLoop>
#include <QRegularExpression>
#include <QSettings>
#include <QTimer>
#include <cstdio>
#include <functional>
#include <optional>

#include "gui/app/main_window.h"
#include "reports/report.h"

namespace shaketable::gui {
namespace {

constexpr int kUsage = 2;

struct Options {
  QString file;
  std::optional<bool> dark;
  QString picture;
  QSize size{1280, 800};
  std::optional<engine::Duration> at;
  QString selected;
  QString tab;
  bool source = false;
};

int refuse(const QString& text) {
  std::fprintf(stderr, "shaketable-gui: %s\n", qPrintable(text));
  return kUsage;
}

std::optional<engine::Duration> moment_of(const QString& text) {
  static const QRegularExpression form(QStringLiteral(R"(^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m)$)"));
  const QRegularExpressionMatch match = form.match(text);
  if (!match.hasMatch()) {
    return std::nullopt;
  }
  const QString unit = match.captured(2);
  const double scale = unit == QLatin1String("ms") ? 1e6 : unit == QLatin1String("s") ? 1e9 : 6e10;
  return engine::Duration(static_cast<std::int64_t>(match.captured(1).toDouble() * scale));
}

// Lets the window live until the condition holds.
void wait_for(const std::function<bool()>& condition) {
  QEventLoop loop;
  QTimer timer;
  QObject::connect(&timer, &QTimer::timeout, &loop, [&] {
    if (condition()) {
      loop.quit();
    }
  });
  timer.start(5);
  loop.exec();
}

// The window at a moment of a run, as a picture.
int write_picture(MainWindow& window, const Options& options) {
  Workbench& workbench = window.workbench();
  if (options.at) {
    workbench.set_speed(RunHandle::kAsFastAsItGoes);
    workbench.begin_run();
    wait_for([&] { return workbench.shown() == nullptr || workbench.shown()->result != nullptr; });
    if (workbench.shown() == nullptr) {
      return refuse(QStringLiteral("the scenario cannot run; see `shaketable check`"));
    }
    workbench.look_at(engine::Instant(*options.at));
  }
  if (!options.selected.isEmpty()) {
    const QStringList ends = options.selected.split(QStringLiteral("->"));
    workbench.select(ends.size() == 2 ? Selection::of_edge(ends[0].trimmed().toStdString(),
                                                           ends[1].trimmed().toStdString())
                                      : Selection::of_service(options.selected.toStdString()));
  }
  for (QAction* const act : window.actions()) {
    if (!options.tab.isEmpty() && act->objectName().startsWith(QLatin1String("tab")) &&
        act->text().compare(options.tab, Qt::CaseInsensitive) == 0) {
      act->trigger();
    }
  }
  window.show_source(options.source);
  QApplication::processEvents();
  window.canvas().fit();
  QApplication::processEvents();
  return window.grab().save(options.picture)
             ? 0
             : refuse(QStringLiteral("%1 cannot be written").arg(options.picture));
}

// Fills `options` in; an exit code when that is all.
std::optional<int> read_options(const QApplication& app, Options& options) {
  QCommandLineParser parser;
  parser.setApplicationDescription(
      QStringLiteral("Model a mesh, run it, break it, and go back in time."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addPositionalArgument(QStringLiteral("scenario"),
                               QStringLiteral("A scenario or mesh to open."),
                               QStringLiteral("[scenario]"));
  const auto add = [&](const char* name, const char* about, const char* value) {
    parser.addOption({QLatin1String(name), QLatin1String(about), QLatin1String(value)});
  };
  add("theme", "light or dark; otherwise as it was left.", "theme");
  add("screenshot", "Write the window into a PNG and leave.", "file");
  add("size", "With --screenshot: size of the window, 1280x800.", "size");
  add("at", "With --screenshot: run, and show this moment, 44s.", "time");
  add("select", "With --screenshot: a service, or a call as 'shop -> stock'.", "name");
  add("tab", "With --screenshot: charts, verdict, events, problems, runs, scenario or load.",
      "name");
  parser.addOption({QStringLiteral("text"), QStringLiteral("Show the text beside the canvas.")});
  parser.process(app);
  const QStringList files = parser.positionalArguments();
  if (files.size() > 1) {
    return refuse(QStringLiteral("one scenario at a time"));
  }
  options.file = files.value(0);
  const QString theme = parser.value(QStringLiteral("theme"));
  if (theme == QLatin1String("light") || theme == QLatin1String("dark")) {
    options.dark = theme == QLatin1String("dark");
  } else if (!theme.isEmpty()) {
    return refuse(QStringLiteral("--theme is light or dark, not '%1'").arg(theme));
  }
  options.picture = parser.value(QStringLiteral("screenshot"));
  options.selected = parser.value(QStringLiteral("select"));
  options.tab = parser.value(QStringLiteral("tab"));
  options.source = parser.isSet(QStringLiteral("text"));
  if (parser.isSet(QStringLiteral("size"))) {
    const QStringList sides = parser.value(QStringLiteral("size")).split(QLatin1Char('x'));
    options.size = QSize(sides.value(0).toInt(), sides.value(1).toInt());
    if (options.size.width() < 400 || options.size.height() < 300 || options.size.width() > 8000 ||
        options.size.height() > 8000) {
      return refuse(QStringLiteral("--size is a width and a height, 400x300 to 8000x8000"));
    }
  }
  if (parser.isSet(QStringLiteral("at"))) {
    options.at = moment_of(parser.value(QStringLiteral("at")));
    if (!options.at) {
      return refuse(QStringLiteral("--at is a time with its unit, 44s"));
    }
  }
  return std::nullopt;
}

}  // namespace

int run_app(int argc, char** argv) {
  const bool has_screen = qEnvironmentVariableIsSet("DISPLAY") ||
                          qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
                          qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
  if (!has_screen) {  // Pictures need none.
    qputenv("QT_QPA_PLATFORM", "offscreen");
  }
  QApplication::setStyle(QStringLiteral("fusion"));
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("shaketable-gui"));
  QApplication::setOrganizationName(QStringLiteral("shaketable"));
  QApplication::setApplicationDisplayName(QStringLiteral("Shaketable"));
  QApplication::setApplicationVersion(QLatin1String(reports::kVersion));
  QApplication::setDesktopFileName(QStringLiteral("org.shaketable.Shaketable"));
  QApplication::setWindowIcon(application_icon());
  Options options;
  if (const auto code = read_options(app, options)) {
    return *code;
  }
  if (!has_screen && options.picture.isEmpty()) {
    return refuse(QStringLiteral("there is no display; --screenshot works without one"));
  }
  MainWindow window;
  if (!options.file.isEmpty() && !window.open(options.file)) {
    return refuse(
        QStringLiteral("%1 cannot be opened: %2").arg(options.file, window.message().text()));
  }
  const QSettings settings;
  if (options.picture.isEmpty()) {
    window.restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
    window.restoreState(settings.value(QStringLiteral("window/state")).toByteArray());
    window.set_dark(options.dark.value_or(settings.value(QStringLiteral("window/dark")).toBool()));
    window.show();
    window.show_source(options.source);
    window.use_recovery();
    window.offer_tour();
    return QApplication::exec();
  }
  window.set_dark(options.dark.value_or(false));
  window.resize(options.size);
  window.show();
  return write_picture(window, options);
}

}  // namespace shaketable::gui
