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
/// <param name="Version">Which version, from 1.</param>
/// <param name="Body">The definition as JSON, of a <see cref="DefinitionAction.Put"/>; undefined else.</param>
/// <param name="Actor">Name of the server key.</param>
/// <param name="AtMs">Our clock, Unix ms.</param>
/// <param name="Offset">Place in the log; set when it is applied.</param>
internal sealed record DefinitionChange(
    string Kind, string Id, DefinitionAction Action, int Version, JsonElement Body, string Actor, long AtMs, long Offset = -1);

/// <summary>Who takes definitions of one kind.</summary>
internal interface IDefinitionHandler
{
    /// <summary>The <see cref="DefinitionChange.Kind"/>.</summary>
    string Kind { get; }

    /// <summary>All that is wrong with a definition, before it is written to the log; empty when it is good.</summary>
    IReadOnlyList<DefinitionFault> Check(string id, JsonElement body);

    /// <summary>
    /// At its place in the log, live and in a replay alike. On the sequencer's thread, while no stage runs: quick, preparing goes on
    /// elsewhere. Decides by state and change alone.
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
    /// <summary>Completes when the change is on disk and applied; returns its place.</summary>
    /// <exception cref="IOException">The disk refused it, or the queue is full: nothing has changed.</exception>
    Task<long> AppendAsync(DefinitionChange change, CancellationToken cancellationToken);

    /// <summary>All versions of a definition, ascending, as they stand in the log.</summary>
    IReadOnlyList<DefinitionChange> VersionsOf(string kind, string id);

    /// <summary>Ids of a kind that were ever defined, with their live version, 0 when none is.</summary>
    IReadOnlyList<(string Id, int LiveVersion)> List(string kind);
}
