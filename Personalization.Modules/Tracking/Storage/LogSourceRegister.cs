using System.Collections.Concurrent;
using Personalization.Kernel.Log;
using Personalization.Tracking.Domain;

namespace Personalization.Tracking.Storage;

/// <summary>Sources keep their numbers in the log's own file: the log is what the numbers stand in.</summary>
internal sealed class LogSourceRegister(LogStore log) : ISourceRegister
{
    private readonly ConcurrentDictionary<ushort, string> _names = [];

    public ushort IdOf(string name) => log.SourceId(name);

    public ushort? Find(string name) => log.FindSourceId(name);

    public string NameOf(ushort id) =>
        _names.GetOrAdd(id, static (missing, register) => register.SourceName(missing) ?? $"source-{missing}", log);
}
