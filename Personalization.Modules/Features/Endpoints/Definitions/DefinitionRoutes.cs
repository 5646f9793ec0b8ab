namespace Personalization.Features.Endpoints.Definitions;

/// <summary>What tells the endpoints of one kind of definitions from those of another.</summary>
/// <param name="Path">Of all of them, for example <c>/v1/segments</c>.</param>
/// <param name="Kind">The kind in the log.</param>
/// <param name="ActivatesAtOnce">
/// Whether a version that is put is in use with the same request, unless <c>?activate=false</c> says otherwise. Kinds whose versions are
/// prepared first say false and activate them themselves.
/// </param>
internal sealed record DefinitionRoutes(string Path, string Kind, bool ActivatesAtOnce)
{
    /// <summary>What else there is to tell of a definition by its id, shown as <c>status</c>: counts, state, freshness. Null for nothing.</summary>
    public Func<IServiceProvider, string, object?>? Status { get; init; }

    /// <summary>False when the kind maps <c>POST {id}/versions/{version}/activate</c> itself, because a version must be ready first.</summary>
    public bool MapsActivation { get; init; } = true;

    /// <summary>
    /// Completes when a version may be activated: for kinds whose versions are prepared first, so that a put that also activates takes no longer
    /// at its place in the log than any other change. Null for those that are always ready.
    /// </summary>
    public Func<string, int, CancellationToken, Task>? UntilReady { get; init; }
}
