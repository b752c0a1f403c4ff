#include "gui/app/run_app.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QEventLoop>
#include <QSettings>
#include <QTimer>
#include <cstdio>
#include <functional>
#include <optional>

#include "gui/app/desktop_appearance.h"
#include "gui/app/end_signals.h"
#include "gui/app/main_window.h"
#include "gui/app/window_style.h"
#include "gui/document/mesh_edits.h"
#include "gui/workbench/words.h"
#include "reports/report.h"

namespace shaketable::gui {
namespace {

constexpr int kUsage = 2;

struct Options {
  QString file;
  std::optional<Appearance> appearance;
  QString picture;
  QSize size{1280, 800};
  std::optional<engine::Instant> at;
  QString selected;
  QString tab;
  std::optional<Overlay> overlay;
  QString change;
  int below = 0;
  bool source = false;
  bool moving = false;
};

int refuse(const QString& text) {
  std::fprintf(stderr, "shaketable-gui: %s\n", qPrintable(text));
  return kUsage;
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

bool run_once(Workbench& workbench) {
  workbench.set_speed(RunHandle::kAsFastAsItGoes);
  workbench.begin_run();
  wait_for([&] { return workbench.shown() == nullptr || workbench.shown()->result != nullptr; });
  return workbench.shown() != nullptr;
}

// "traffic.payment.retries=false" as an edit of the scenario.
bool change_scenario(Workbench& workbench, const QString& change) {
  const QStringList path = change.section(QLatin1Char('='), 0, 0).split(QLatin1Char('.'));
  std::vector<std::string> keys;
  for (const QString& key : path) {
    keys.push_back(key.toStdString());
  }
  return workbench.edit(set_value(workbench.document().source(), keys,
                                  change.section(QLatin1Char('='), 1).toStdString()));
}

// The window at a moment of a run, as a picture.
int write_picture(MainWindow& window, const Options& options) {
  Workbench& workbench = window.workbench();
  if (options.at || !options.change.isEmpty()) {
    bool ran = run_once(workbench);
    if (ran && !options.change.isEmpty()) {
      if (!change_scenario(workbench, options.change)) {
        return refuse(
            QStringLiteral("--change %1: %2").arg(options.change, window.message().text()));
      }
      ran = run_once(workbench);
      workbench.set_baseline(0);
    }
    if (!ran) {
      return refuse(QStringLiteral("the scenario cannot run; see `shaketable check`"));
    }
    if (options.at) {
      workbench.look_at(*options.at);
    }
  }
  if (options.overlay) {
    window.overlays().choose(*options.overlay);
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
  if (options.below > 0) {
    window.set_height_below(options.below);
  }
  QApplication::processEvents();
  window.canvas().set_moving(options.moving);
  window.canvas().fit();
  QApplication::processEvents();
  return window.grab().save(options.picture)
             ? 0
             : refuse(QStringLiteral("%1 cannot be written").arg(options.picture));
}

// What only pictures ask for.
constexpr const char* kPictureOptions[] = {"size",    "at",     "select", "tab",
                                           "overlay", "change", "below",  "moving"};

void add_options(QCommandLineParser& parser) {
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
  add("theme", "desktop, light or dark; otherwise as it was left, at first as the desktop.",
      "theme");
  add("screenshot", "Write the window into a PNG and leave.", "file");
  add("size", "With --screenshot: size of the window, 1280x800.", "size");
  add("at", "With --screenshot: run, and show this moment, 44s.", "time");
  add("select", "With --screenshot: a service, or a call as 'shop -> stock'.", "name");
  add("tab", "With --screenshot: charts, verdict, why, states, canary, requests, events ...",
      "name");
  add("overlay", "With --screenshot: what the colours tell: health, rate, errors, queue ...",
      "name");
  add("change",
      "With --screenshot: run, change the scenario, run again, and compare; "
      "traffic.payment.retries=false.",
      "key=value");
  add("below", "With --screenshot: height of the panels below, in pixels.", "pixels");
  parser.addOption(
      {QStringLiteral("moving"), QStringLiteral("With --screenshot: show requests on their way.")});
  parser.addOption({QStringLiteral("text"), QStringLiteral("Show the text beside the canvas.")});
}

std::optional<int> read_picture_options(const QCommandLineParser& parser, Options& options) {
  if (parser.isSet(QStringLiteral("size"))) {
    const QStringList sides = parser.value(QStringLiteral("size")).split(QLatin1Char('x'));
    options.size = QSize(sides.value(0).toInt(), sides.value(1).toInt());
    if (options.size.width() < 400 || options.size.height() < 300 || options.size.width() > 8000 ||
        options.size.height() > 8000) {
      return refuse(QStringLiteral("--size is a width and a height, 400x300 to 8000x8000"));
    }
  }
  if (parser.isSet(QStringLiteral("at"))) {
    options.at = moment_from(parser.value(QStringLiteral("at")));
    if (!options.at) {
      return refuse(QStringLiteral("--at is a time with its unit, 44s"));
    }
  }
  options.change = parser.value(QStringLiteral("change"));
  if (!options.change.isEmpty() && !options.change.contains(QLatin1Char('='))) {
    return refuse(QStringLiteral("--change is key=value, not '%1'").arg(options.change));
  }
  if (const QString name = parser.value(QStringLiteral("overlay")); !name.isEmpty()) {
    for (const Overlay overlay : kOverlays) {
      if (title_of(overlay).section(QLatin1Char(' '), -1).compare(name, Qt::CaseInsensitive) == 0) {
        options.overlay = overlay;
      }
    }
    if (!options.overlay) {
      return refuse(QStringLiteral("--overlay is health, rate, p50, p99, errors, retries, "
                                   "utilisation, queue, mtls or zone, not '%1'")
                        .arg(name));
    }
  }
  if (parser.isSet(QStringLiteral("below"))) {
    options.below = parser.value(QStringLiteral("below")).toInt();
    if (options.below < 80 || options.below > 4000) {
      return refuse(QStringLiteral("--below is a height, 80 to 4000"));
    }
  }
  options.selected = parser.value(QStringLiteral("select"));
  options.tab = parser.value(QStringLiteral("tab"));
  options.moving = parser.isSet(QStringLiteral("moving"));
  return std::nullopt;
}

// As it was when the window was closed last.
Appearance appearance_left(const QSettings& settings) {
  const QString word = settings.value(QStringLiteral("window/appearance")).toString();
  return appearance_of(word).value_or(Appearance::kDesktop);
}

// Fills `options` in; an exit code when that is all.
std::optional<int> read_options(const QApplication& app, Options& options) {
  QCommandLineParser parser;
  add_options(parser);
  parser.process(app);
  const QStringList files = parser.positionalArguments();
  if (files.size() > 1) {
    return refuse(QStringLiteral("one scenario at a time"));
  }
  options.file = files.value(0);
  const QString theme = parser.value(QStringLiteral("theme"));
  options.appearance = appearance_of(theme);
  if (!theme.isEmpty() && !options.appearance) {
    return refuse(QStringLiteral("--theme is desktop, light or dark, not '%1'").arg(theme));
  }
  options.picture = parser.value(QStringLiteral("screenshot"));
  options.source = parser.isSet(QStringLiteral("text"));
  for (const char* const name : kPictureOptions) {
    if (options.picture.isEmpty() && parser.isSet(QLatin1String(name))) {
      return refuse(QStringLiteral("--%1 needs --screenshot").arg(QLatin1String(name)));
    }
  }
  return read_picture_options(parser, options);
}

}  // namespace

int run_app(int argc, char** argv) {
  const bool has_screen = qEnvironmentVariableIsSet("DISPLAY") ||
                          qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
                          qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
  if (!has_screen) {  // Pictures need none.
    qputenv("QT_QPA_PLATFORM", "offscreen");
  }
  QApplication app(argc, argv);
  QApplication::setStyle(new WindowStyle);
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
  const bool is_palette_dark = QGuiApplication::palette().window().color().lightness() < 128;
  MainWindow window;
  if (options.picture.isEmpty()) {
    window.claim_files();
  }
  if (!options.file.isEmpty() && !window.claim(options.file)) {
    std::printf("shaketable-gui: %s\n", qPrintable(window.message().text()));
    return 0;
  }
  if (!options.file.isEmpty() && !window.open(options.file)) {
    return refuse(
        QStringLiteral("%1 cannot be opened: %2").arg(options.file, window.message().text()));
  }
  const QSettings settings;
  if (options.picture.isEmpty()) {
    window.restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
    window.restore_arrangements();
    const DesktopAppearance desktop(is_palette_dark, QDBusConnection::sessionBus());
    QObject::connect(&desktop, &DesktopAppearance::changed, &window, &MainWindow::set_desktop_dark);
    window.set_desktop_dark(desktop.is_dark());
    QObject::connect(&desktop, &DesktopAppearance::calm_changed, &window,
                     &MainWindow::set_desktop_calm);
    window.set_desktop_calm(desktop.is_calm());
    window.set_appearance(options.appearance.value_or(appearance_left(settings)));
    window.set_colours(colours_of(settings.value(QStringLiteral("window/colours")).toString())
                           .value_or(Colours::kUsual));
    window.show();
    window.show_source(options.source);
    window.use_recovery();
    const EndSignals ends;
    QObject::connect(&ends, &EndSignals::asked_to_end, &window, [&window](int number) {
      window.keep_all();
      QApplication::exit(128 + number);
    });
    window.offer_tour();
    return QApplication::exec();
  }
  window.set_appearance(options.appearance.value_or(Appearance::kLight));
  window.resize(options.size);
  window.show();
  return write_picture(window, options);
}

}  // namespace shaketable::gui
