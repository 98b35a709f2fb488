"""What is told to IPython kernels when they start. Other kernels are left as they are.

It is run silently in namespaces of its own and leaves no name, history or count behind.
"""

import inspect

from intheloop_agents.runtime.jupyter import namespace

# ipykernel cannot send text that has a lone surrogate: the print is lost, its own traceback comes
# instead, and an exception with such a message takes the whole reply with it. JSON can say it in
# ASCII.
_TOLERATE = """
def tolerate():
    import json
    from ipykernel.kernelapp import IPKernelApp
    from jupyter_client.jsonutil import json_default
    session = IPKernelApp.instance().session
    pack = session.pack
    def pack_any_text(message):
        try:
            return pack(message)
        except UnicodeEncodeError:
            return json.dumps(message, default=json_default).encode("ascii")
    session.pack = pack_any_text
try:
    tolerate()
except Exception:
    pass
"""

# A kernel that is a thousand messages ahead of what could be sent drops those that follow, and
# nobody is told: it happens whenever the reader gets no processor for a moment. A socket is for the
# thread that has it, so that thread lifts its mark.
_KEEP = """
def keep():
    import zmq
    from ipykernel.kernelapp import IPKernelApp
    thread = IPKernelApp.instance().iopub_thread
    thread.schedule(lambda: thread.socket.setsockopt(zmq.SNDHWM, 0))
try:
    keep()
except Exception:
    pass
"""

# Text that is printed faster than it can be sent is gathered and sent as one message of a gigabyte,
# which takes kernel and reader several times its size. Here whoever is a MiB ahead waits until that
# is sent. IPython puts back the methods of its streams when a cell ends, so it is done after that.
_MEASURE_OUT = """
def measured(stream, most=2**20):
    write, ahead = stream.write, 0
    def write_some(text):
        nonlocal ahead
        for at in range(0, len(text), most):
            piece = text[at : at + most]
            write(piece)
            ahead += len(piece)
            if ahead >= most:
                ahead = 0
                stream.flush()
        return len(text) or write(text)
    return write_some

def measure_out():
    import sys
    from ipykernel.iostream import OutStream
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, OutStream):
            stream.write = measured(stream)
try:
    import asyncio
    asyncio.get_running_loop().call_soon(measure_out)
except Exception:
    pass
"""

_TELL = f"{inspect.getsource(namespace)}\noffer()\n"

# An error in the last part is told: such a kernel does not tell its variables.
PREPARATION = "\n".join(f"exec({part!r}, {{}})" for part in (_TOLERATE, _KEEP, _MEASURE_OUT, _TELL))
