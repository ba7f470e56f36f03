# What a terminal does at ^C. A background job of a script ignores SIGINT otherwise.
/usr/bin/python3 -c '
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
call = subprocess.Popen(sys.argv[1:])
blocked = 1 << (signal.SIGINT - 1)
while not int(open(f"/proc/{call.pid}/status").read().split("SigBlk:")[1].split()[0], 16) & blocked:
    time.sleep(0.01)
call.send_signal(signal.SIGINT)
sys.exit(call.wait(30))
' "$postern" call --socket "$fake/context" fake slow
