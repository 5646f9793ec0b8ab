using System.Text.Json;

namespace Personalization.Tracking.Domain.Dialects;

/// <summary>The entities ("contexts") that came with a Snowplow event.</summary>
internal sealed class SnowplowEntities
{
    /// <summary>What a tracker writes for the user when it may not know one; the same for everybody.</summary>
    private const string Nobody = "00000000-0000-0000-0000-000000000000";

    private readonly List<(IgluUri Schema, JsonElement Data)> _entities = [];

    /// <param name="contexts">The self-describing JSON around them, or undefined.</param>
    public SnowplowEntities(JsonElement contexts)
    {
        All = contexts.Get("data");
        if (All.ValueKind == JsonValueKind.Array)
        {
            foreach (var entity in All.EnumerateArray())
            {
                _entities.Add((IgluUri.Parse(entity.Get("schema").Text()), entity.Get("data")));
            }
        }
    }

    /// <summary>The array itself.</summary>
    public JsonElement All { get; }

    public JsonElement PageViewId => First("web_page").Get("id");

    public JsonElement SessionId => First("client_session").Get("sessionId");

    /// <summary>The user of the client's session, unless the client hides it.</summary>
    public JsonElement SessionUser => First("client_session").Get("userId") is var user && user.Text() != Nobody ? user : default;

    /// <summary>Those of this name, whichever version and vendor; vendors who write their own mean the same by it.</summary>
    public IEnumerable<JsonElement> Named(string name) =>
        _entities.Where(entity => entity.Schema.Name == name).Select(entity => entity.Data);

    public JsonElement First(string name) => Named(name).FirstOrDefault();
}
