using System.Text.Json;

namespace Personalization.Features.Domain.Definitions;

/// <summary>What an administrator did to a definition. Stored by number: numbers stay.</summary>
internal enum DefinitionAction : byte
{
    /// <summary>A new version, the first one included. It is prepared beside the live one, which stays in use.</summary>
    Put = 1,

    /// <summary>A version that is ready takes the place of the live one, at this place of the log.</summary>
    Activate = 2,

    /// <summary>Not in use from here on; its versions stay readable.</summary>
    Delete = 3,
}

/// <summary>One change of a definition, at its place in the log, so that a replay sees the same definitions at the same events.</summary>
/// <param name="Kind">What is defined: <c>segment</c>, <c>feature</c>, <c>funnel</c>, <c>trigger</c>, <c>list</c>.</param>
/// <param name="Id">Its name: 1 to 64 of a-z, 0-9, '-' and '_'.</param>
/// <param name="Action">What was done.</param>
/// <param name="Version">
/// Which version, from 1. Of a <see cref="DefinitionAction.Put"/> 0 for the next one, whichever that is when it is applied; another number only
/// if it is the next one then. Of a <see cref="DefinitionAction.Delete"/> it does not matter.
/// </param>
/// <param name="Body">The definition as JSON, of a <see cref="DefinitionAction.Put"/>; undefined else.</param>
/// <param name="Actor">Name of the server key.</param>
/// <param name="AtMs">Our clock, Unix ms.</param>
/// <param name="Offset">Place in the log; set when it is applied.</param>
internal sealed record DefinitionChange(
    string Kind, string Id, DefinitionAction Action, int Version, JsonElement Body, string Actor, long AtMs, long Offset = -1);

/// <summary>
/// Who takes definitions of one kind. After a start it takes back what there is when its own state is loaded: <see cref="IDefinitionLog"/> is
/// loaded before the states that are registered behind it, and entries since the checkpoint come through <see cref="Apply"/>.
/// </summary>
internal interface IDefinitionHandler
{
    /// <summary>The <see cref="DefinitionChange.Kind"/>.</summary>
    string Kind { get; }

    /// <summary>All that is wrong with a definition, before it is written to the log; empty when it is good.</summary>
    IReadOnlyList<DefinitionFault> Check(string id, JsonElement body);

    /// <summary>
    /// At its place in the log, live and in a replay alike. On the sequencer's thread, while no stage runs: quick, preparing goes on
    /// elsewhere. Decides by state and change alone. A change that it throws on is left out, now and in every replay. The versions that
    /// <see cref="IDefinitionLog"/> tells are those from before the change. Must not wait for another change.
    /// </summary>
    void Apply(DefinitionChange change);
}

/// <summary>Something wrong with a definition, and where.</summary>
/// <param name="Path">JSON pointer into the definition.</param>
/// <param name="Message">What is wrong, and what would be right.</param>
internal sealed record DefinitionFault(string Path, string Message);

/// <summary>Writes changes of definitions to the log.</summary>
internal interface IDefinitionLog
{
    /// <summary>Completes when the change is on disk and applied; returns its place. The version that a put got stands there.</summary>
    /// <exception cref="DefinitionRefusedException">It breaks a bound, speaks of what is not there, or came too late: nothing has changed.</exception>
    /// <exception cref="DefinitionQueueException">The queue is full, or the process stops: nothing has changed.</exception>
    /// <exception cref="IOException">The disk refused it: nothing has changed.</exception>
    Task<long> AppendAsync(DefinitionChange change, CancellationToken cancellationToken);

    /// <summary>The versions of a definition that are kept, ascending, as they stand in the log: the newest 100 and the live one.</summary>
    IReadOnlyList<DefinitionChange> VersionsOf(string kind, string id);

    /// <summary>
    /// Ids of a kind that were ever defined, in ordinal order, with their live version, 0 when none is. Deleted ones are forgotten when their
    /// place is needed.
    /// </summary>
    IReadOnlyList<(string Id, int LiveVersion)> List(string kind);
}

/// <summary>A change that cannot be: the message says why, and is for whoever asked for it.</summary>
internal sealed class DefinitionRefusedException(string message, bool isUnknown = false) : Exception(message)
{
    /// <summary>There is no such definition or version.</summary>
    public bool IsUnknown => isUnknown;
}

/// <summary>The log takes no entry now.</summary>
internal sealed class DefinitionQueueException(string message, bool isStopping) : IOException(message)
{
    /// <summary>The process is stopping; otherwise it may be tried again in a second.</summary>
    public bool IsStopping => isStopping;
}
