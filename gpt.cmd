@echo off
rem Runs the `gpt` command from this checkout on Windows, with a JDK 25; `gpt` is the same for other
rem systems and does more: it builds what is stale, and starts examples and kernels. A device of
rem TornadoVM is started as docs/tornadovm.md describes. This file has never been run.
rem GPT_JAVA_OPTS holds further options for the JVM.
setlocal
set "root=%~dp0"
set "image=%root%cli\target\gpt"

set "jdk="
for %%J in ("%JDK25_HOME%" "%JAVA25_HOME%" "%JAVA_HOME%") do (
    if not defined jdk if exist "%%~J\bin\javac.exe" if exist "%%~J\release" (
        findstr /r /c:"^JAVA_VERSION=.2[5-9]" "%%~J\release" >nul && set "jdk=%%~J"
    )
)
if not defined jdk for /d %%J in ("%ProgramFiles%\Eclipse Adoptium\jdk-2*" "%ProgramFiles%\Java\jdk-2*") do (
    if not defined jdk if exist "%%~J\bin\javac.exe" (
        findstr /r /c:"^JAVA_VERSION=.2[5-9]" "%%~J\release" >nul && set "jdk=%%~J"
    )
)
if not defined jdk (
    echo gpt: needs JDK 25 and found none: winget install EclipseAdoptium.Temurin.25.JDK, or let JDK25_HOME name its folder. >&2
    exit /b 1
)

if not exist "%image%\lib\tornadogpt-cli.jar" (
    where mvn >nul 2>nul || (
        echo gpt: is built from its sources by Maven 3.8.7 or later, which is not on the PATH. >&2
        exit /b 1
    )
    echo gpt: building on first use; this takes some minutes >&2
    pushd "%root%"
    set "JAVA_HOME=%jdk%"
    call mvn --quiet --batch-mode package -Dmaven.test.skip=true -pl cli,examples,kernel-examples -am >&2 || (
        popd
        echo gpt: could not be built; the reason is above. >&2
        exit /b 1
    )
    popd
)

set "path_of_modules=%image%\lib"
set "main=io.tornadogpt.cli/io.tornadogpt.cli.Gpt"
set "more="
for %%W in (%*) do (
    if "%%~W"=="emulator" (
        set "path_of_modules=%image%\lib;%image%\tornado;%image%\emulator"
        set "more=--add-exports java.base/jdk.internal.vm=tornado.api"
    )
)
if "%~1"=="data" (
    for %%W in (curate look compare) do (
        if "%~2"=="%%W" set "more=--add-modules io.tornadogpt.curation --sun-misc-unsafe-memory-access=allow -XX:-UseSerialGC -XX:+UseParallelGC -XX:MaxNewSize=1g"
    )
)
if "%~1"=="scaling" set "more=--add-modules io.tornadogpt.scaling"
"%jdk%\bin\java" "@%image%\lib\java.options" %more% "-Dtornadogpt.command=gpt" %GPT_JAVA_OPTS% ^
    --module-path "%path_of_modules%" --class-path "%image%\lib\jtokkit.jar" --module %main% %*
exit /b %errorlevel%
