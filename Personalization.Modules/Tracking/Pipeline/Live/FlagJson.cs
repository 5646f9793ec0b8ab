using System.Text.Json;
using System.Text.Json.Serialization;

namespace Personalization.Tracking.Pipeline.Live;

/// <summary>How flags are written for people: names in camel case, kinds by name.</summary>
internal static class FlagJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };
}
