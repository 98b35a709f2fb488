"""What is told to IPython kernels when they start. Other kernels are left as they are.

It is run silently in namespaces of its own and leaves no name, history or count behind.
"""

import inspect

from intheloop_agents.runtime import namespace

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

_TELL = f"{inspect.getsource(namespace)}\noffer()\n"

# An error in the last part is told: such a kernel does not tell its variables.
PREPARATION = "\n".join(f"exec({part!r}, {{}})" for part in (_TOLERATE, _KEEP, _TELL))
