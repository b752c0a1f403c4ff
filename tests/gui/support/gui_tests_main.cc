#include <QApplication>
#include <QFont>
#include <QStandardPaths>
#include <QTemporaryDir>

#include <gtest/gtest.h>

/// Widgets without a display, with settings of their own, in one style and one font.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM") && !qEnvironmentVariableIsSet("DISPLAY")) {
    qputenv("QT_QPA_PLATFORM", "offscreen");
  }
  const QTemporaryDir home;
  for (const char* const variable :
       {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"}) {
    qputenv(variable, home.path().toUtf8());
  }
  QApplication::setStyle(QStringLiteral("fusion"));
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("shaketable-gui-tests"));
  QApplication::setOrganizationName(QStringLiteral("shaketable"));
  QApplication::setFont(QFont(QStringLiteral("DejaVu Sans"), 10));
  QApplication::setEffectEnabled(Qt::UI_AnimateMenu, false);
  return RUN_ALL_TESTS();
}
