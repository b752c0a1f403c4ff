#include "gui/app/appearance.h"

#include <QDBusError>
#include <QDBusMessage>
#include <QDBusServer>
#include <QDBusVariant>
#include <QDBusVirtualObject>
#include <QSettings>
#include <algorithm>
#include <cmath>
#include <optional>

#include <gtest/gtest.h>

#include "gui/app/desktop_appearance.h"
#include "gui/app/main_window.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

constexpr const char* kPortal = "org.freedesktop.portal.Settings";

QVariant in_variant(const QVariant& value) { return QVariant::fromValue(QDBusVariant(value)); }

/// A settings portal at the other end of a connection that leads nowhere else.
class Portal : public QDBusVirtualObject {
 public:
  explicit Portal(uint scheme, uint motion = 0) : scheme_(scheme), motion_(motion) {
    QObject::connect(
        &server_, &QDBusServer::newConnection, &server_, [this](const QDBusConnection& connection) {
          peer_ = connection;
          peer_->registerVirtualObject(QStringLiteral("/org/freedesktop/portal/desktop"), this);
        });
  }

  [[nodiscard]] QDBusConnection connect(const char* name) const {
    return QDBusConnection::connectToPeer(server_.address(), QLatin1String(name));
  }
  [[nodiscard]] int questions() const { return questions_; }
  void change(const char* space, const char* key, const QVariant& value) {
    QDBusMessage signal =
        QDBusMessage::createSignal(QStringLiteral("/org/freedesktop/portal/desktop"),
                                   QLatin1String(kPortal), QStringLiteral("SettingChanged"));
    signal << QLatin1String(space) << QLatin1String(key) << in_variant(value);
    peer_->send(signal);
  }

  [[nodiscard]] QString introspect(const QString&) const override { return {}; }
  bool handleMessage(const QDBusMessage& message, const QDBusConnection& connection) override {
    EXPECT_EQ(message.member(), QStringLiteral("Read"));
    const QString key = message.arguments().value(1).toString();
    if (key == QLatin1String("color-scheme")) {
      ++questions_;
      return connection.send(message.createReply(in_variant(in_variant(scheme_))));
    }
    if (key == QLatin1String("reduced-motion")) {
      return connection.send(message.createReply(in_variant(in_variant(motion_))));
    }
    return connection.send(message.createErrorReply(QDBusError::UnknownProperty, key));
  }

 private:
  QDBusServer server_;
  std::optional<QDBusConnection> peer_;
  uint scheme_, motion_;
  int questions_ = 0;
};

TEST(AppearanceTest, FollowsWhatThePortalSaysAtFirstAndLater) {
  Portal portal(1);
  DesktopAppearance desktop(false, portal.connect("follows"), QString());
  EXPECT_FALSE(desktop.is_dark()) << "nothing waits for the answer";
  wait_for([&] { return desktop.is_dark(); });
  portal.change("org.freedesktop.appearance", "color-scheme", 2U);
  wait_for([&] { return !desktop.is_dark(); });
  portal.change("org.gnome.desktop.interface", "color-scheme", 1U);
  portal.change("org.freedesktop.appearance", "color-scheme", 1U);
  wait_for([&] { return desktop.is_dark(); });
  EXPECT_EQ(portal.questions(), 1);
  QDBusConnection::disconnectFromPeer(QStringLiteral("follows"));
}

TEST(AppearanceTest, NothingMovesWhereTheDesktopWantsLessMotion) {
  Portal portal(0, 1);
  DesktopAppearance desktop(false, portal.connect("calm"), QString());
  EXPECT_FALSE(desktop.is_calm());
  wait_for([&] { return desktop.is_calm(); });
  portal.change("org.freedesktop.appearance", "reduced-motion", 0U);
  wait_for([&] { return !desktop.is_calm(); });
  portal.change("org.gnome.desktop.interface", "enable-animations", false);
  wait_for([&] { return desktop.is_calm(); });
  QDBusConnection::disconnectFromPeer(QStringLiteral("calm"));

  MainWindow window;
  QAction& animate = *window.action(QStringLiteral("animate"));
  window.set_desktop_calm(true);
  EXPECT_FALSE(animate.isChecked());
  animate.trigger();
  window.set_desktop_calm(true);
  EXPECT_TRUE(animate.isChecked()) << "a person's own choice comes first";
  QSettings().clear();
}

TEST(AppearanceTest, StatesAreToldByTheColoursThatAPersonChooses) {
  MainWindow window;
  const QColor usual = Theme::of(false, Colours::kUsual).healthy;
  window.action(QStringLiteral("colours_traffic_light"))->trigger();
  EXPECT_EQ(window.colours(), Colours::kTrafficLight);
  EXPECT_NE(Theme::of(false, Colours::kTrafficLight).healthy, usual);
  window.set_appearance(Appearance::kDark);
  EXPECT_EQ(window.colours(), Colours::kTrafficLight) << "dark or light is another choice";
  window.action(QStringLiteral("colours_contrast"))->trigger();
  EXPECT_EQ(window.palette().color(QPalette::Window), QColor(Qt::black));
  window.set_colours(Colours::kUsual);
  window.set_appearance(Appearance::kLight);
  for (const Colours each : {Colours::kUsual, Colours::kTrafficLight, Colours::kContrast}) {
    EXPECT_EQ(colours_of(word_of(each)), each);
  }
  EXPECT_FALSE(colours_of(QStringLiteral("grey")).has_value());
}

// The ratio of WCAG 2 between two colours.
double contrast(const QColor& a, const QColor& b) {
  const auto luminance = [](const QColor& color) {
    const auto linear = [](double part) {
      return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
  };
  const double one = luminance(a) + 0.05, other = luminance(b) + 0.05;
  return std::max(one, other) / std::min(one, other);
}

TEST(AppearanceTest, TextAndStatesStandOutFromTheirGround) {
  for (const bool dark : {false, true}) {
    for (const Colours colours : {Colours::kUsual, Colours::kTrafficLight, Colours::kContrast}) {
      const Theme theme = Theme::of(dark, colours);
      const double least_text = colours == Colours::kContrast ? 7 : 4.5;
      EXPECT_GE(contrast(theme.text, theme.card), least_text);
      EXPECT_GE(contrast(theme.muted, theme.panel), least_text);
      EXPECT_GE(contrast(theme.text, theme.chosen), 4.5);
      for (const QColor& state : {theme.healthy, theme.degraded, theme.failing, theme.down}) {
        EXPECT_GE(contrast(state, theme.card), colours == Colours::kContrast ? 7 : 3)
            << state.name().toStdString() << " dark " << dark;
      }
      for (const NodeHealth health :
           {NodeHealth::kHealthy, NodeHealth::kDegraded, NodeHealth::kFailing, NodeHealth::kDown}) {
        EXPECT_GE(contrast(theme.ink(health), theme.card), least_text)
            << name_of(health) << " dark " << dark;
      }
    }
  }
}

TEST(AppearanceTest, WithoutAPortalThePaletteTells) {
  EXPECT_TRUE(DesktopAppearance(true, QDBusConnection(QStringLiteral("none"))).is_dark());
  EXPECT_FALSE(DesktopAppearance(false, QDBusConnection(QStringLiteral("none"))).is_dark());
}

TEST(AppearanceTest, TheWindowIsAsTheDesktopUntilAPersonSaysOtherwise) {
  MainWindow window;
  EXPECT_EQ(window.appearance(), Appearance::kDesktop);
  window.set_desktop_dark(true);
  EXPECT_TRUE(window.is_dark());
  window.action(QStringLiteral("dark"))->trigger();
  EXPECT_FALSE(window.is_dark());
  window.set_desktop_dark(true);
  EXPECT_FALSE(window.is_dark()) << "a person has said light";
  window.action(QStringLiteral("appearance_desktop"))->trigger();
  EXPECT_TRUE(window.is_dark());
  EXPECT_TRUE(window.action(QStringLiteral("appearance_desktop"))->isChecked());
  window.set_appearance(Appearance::kLight);
}

TEST(AppearanceTest, WordsOfSettingsAreReadBack) {
  for (const Appearance each : {Appearance::kDesktop, Appearance::kLight, Appearance::kDark}) {
    EXPECT_EQ(appearance_of(word_of(each)), each);
  }
  EXPECT_FALSE(appearance_of(QStringLiteral("grey")).has_value());
}

}  // namespace
}  // namespace shaketable::gui
