namespace Personalization.Bench.Load;

/// <summary>
/// Lets the one thread that waits for all sockets run the load itself, with no hop to the thread pool: the generator takes
/// half as much of the two cores. Only for a process that holds no server, and never inherited by one.
/// </summary>
internal static class SocketTuning
{
    private const string Inline = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private const string Threads = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    /// <summary>Works before the process opens its first socket.</summary>
    public static void UseOneThread()
    {
        Environment.SetEnvironmentVariable(Inline, "1");
        Environment.SetEnvironmentVariable(Threads, "1");
    }

    public static void KeepFrom(IDictionary<string, string?> childEnvironment)
    {
        childEnvironment.Remove(Inline);
        childEnvironment.Remove(Threads);
    }
}
