using System.Text.Json;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Traits;

/// <summary>What was said of a person, with who said it, when, and until when it holds.</summary>
internal static class TraitJson
{
    /// <summary>Writes an object for each trait.</summary>
    public static void Write(Utf8JsonWriter json, TraitSet traits, TraitNames names)
    {
        foreach (ref readonly var trait in traits.All)
        {
            json.WriteStartObject();
            json.WriteString("name", names[trait.Key]);
            json.WritePropertyName("value");
            HistoryJson.WriteValue(json, trait.Value, traits.Text);
            HistoryJson.WriteTime(json, "saidAt", trait.TimeMs);
            if (trait.Source > 0)
            {
                var (source, licence) = names.SourceOf(trait.Source);
                json.WriteString("source", source);
                json.WriteString("licence", licence);
                HistoryJson.WriteTime(json, "expiresAt", trait.ExpiresAtMs);
            }

            json.WriteEndObject();
        }
    }
}
