#include "gui/app/appearance.h"

#include <QDBusMessage>
#include <QDBusServer>
#include <QDBusVariant>
#include <QDBusVirtualObject>
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
  explicit Portal(uint scheme) : scheme_(scheme) {
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
  void change(const char* space, const char* key, uint scheme) {
    QDBusMessage signal =
        QDBusMessage::createSignal(QStringLiteral("/org/freedesktop/portal/desktop"),
                                   QLatin1String(kPortal), QStringLiteral("SettingChanged"));
    signal << QLatin1String(space) << QLatin1String(key) << in_variant(scheme);
    peer_->send(signal);
  }

  [[nodiscard]] QString introspect(const QString&) const override { return {}; }
  bool handleMessage(const QDBusMessage& message, const QDBusConnection& connection) override {
    ++questions_;
    EXPECT_EQ(message.member(), QStringLiteral("Read"));
    return connection.send(message.createReply(in_variant(in_variant(scheme_))));
  }

 private:
  QDBusServer server_;
  std::optional<QDBusConnection> peer_;
  uint scheme_;
  int questions_ = 0;
};

TEST(AppearanceTest, FollowsWhatThePortalSaysAtFirstAndLater) {
  Portal portal(1);
  DesktopAppearance desktop(false, portal.connect("follows"), QString());
  EXPECT_FALSE(desktop.is_dark()) << "nothing waits for the answer";
  wait_for([&] { return desktop.is_dark(); });
  portal.change("org.freedesktop.appearance", "color-scheme", 2);
  wait_for([&] { return !desktop.is_dark(); });
  portal.change("org.gnome.desktop.interface", "color-scheme", 1);
  portal.change("org.freedesktop.appearance", "color-scheme", 1);
  wait_for([&] { return desktop.is_dark(); });
  EXPECT_EQ(portal.questions(), 1);
  QDBusConnection::disconnectFromPeer(QStringLiteral("follows"));
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
