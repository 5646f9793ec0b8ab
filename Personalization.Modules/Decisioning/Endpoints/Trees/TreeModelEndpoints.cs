using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Decisioning.Domain.Life;
using Personalization.Decisioning.Domain.Trees;
using Personalization.Decisioning.Endpoints.Life;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;
using Personalization.Kernel.Json;

namespace Personalization.Decisioning.Endpoints.Trees;

/// <summary><c>/v1/models</c>: gradient-boosted trees that were trained elsewhere, asked in process. Server key required.</summary>
internal static class TreeModelEndpoints
{
    private const int MaxFileBytes = 64 << 20;
    private const int MaxQuestionBytes = 4 << 20;
    private const int MaxRows = 10_000;
    private const int MaxIdLength = 64;

    private static readonly Problem Invalid = new("decisioning/invalid-model", "The model cannot be taken", StatusCodes.Status422UnprocessableEntity);
    private static readonly Problem BadId = new("decisioning/bad-model-id", $"A model is named by 1 to {MaxIdLength} of a-z, 0-9, '-' and '_'", StatusCodes.Status400BadRequest);
    private static readonly Problem TooMany = new("decisioning/too-many-models", "There are too many models", StatusCodes.Status409Conflict);
    private static readonly Problem Unknown = new("decisioning/unknown-model", "There is no such model", StatusCodes.Status404NotFound);
    private static readonly Problem TooLarge = new("decisioning/model-too-large", "The body is too large", StatusCodes.Status413PayloadTooLarge);
    private static readonly Problem BadPromote = new("decisioning/bad-promote", "'promote' must be true or false", StatusCodes.Status400BadRequest);
    private static readonly Problem BadRequest = new("decisioning/bad-prediction-request", "The rows cannot be read", StatusCodes.Status400BadRequest);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var models = endpoints.MapGroup("/v1/models").RequireServerKey().AuditsPlainly("id");
        models.MapGet("", (TreeModels all) => TypedResults.Ok(all.Served.Select(Describe).ToList())).WithName("ListModels");
        models.MapGet("{id}", (string id, TreeModels all) => all.Find(id)?.Live is { } served ? TypedResults.Ok(Describe(served)) : Unknown.ToResult(Waiting(all.Find(id)))).WithName("GetModel");
        models.MapPut("{id}", (Delegate)PutAsync).WithName("PutModel");
        models.MapDelete("{id}", (string id, HttpContext context, TreeModels all) => all.Withdraw(id, context.Actor()) ? TypedResults.NoContent() : Unknown.ToResult()).WithName("WithdrawModel");
        models.MapPost("{id}/predict", (Delegate)PredictAsync).WithName("PredictWithModel");
    }

    /// <summary>
    /// The file as the body. It is kept, and serves when its gates are open; with <c>?promote=false</c> it waits all the same. 200 with what was read, the gates and
    /// whether it is live; 400; 409; 413; 422 saying what is wrong, and the model that was served stays; 429 while another version is checked.
    /// </summary>
    internal static async Task<IResult> PutAsync(string id, HttpContext context, TreeModels models, CheckSlot slot)
    {
        if (id.Length > MaxIdLength || !id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_'))
        {
            return BadId.ToResult();
        }

        if (context.Request.Query["promote"].ToString() is not ("" or "true" or "false") and var promote)
        {
            return BadPromote.ToResult($"It was '{(promote.Length > MaxIdLength ? promote[..MaxIdLength] : promote)}'.");
        }

        var (body, refusal) = await ReadAsync(context, MaxFileBytes);
        if (body is null)
        {
            return refusal!;
        }

        if (!slot.TryEnter())
        {
            context.Response.Headers.RetryAfter = "5";
            return ModelVersionEndpoints.Busy.ToResult();
        }

        try
        {
            var (actor, mayServe) = (context.Actor(), context.Request.Query["promote"] != "false");
            return await Task.Run(() => models.Put(id, body, mayServe, actor, context.RequestAborted), context.RequestAborted) is { } put
                ? TypedResults.Ok(Describe(id, put, body.Length))
                : TooMany.ToResult($"At most {TreeModels.MaxModels}, and {ModelRegistry.MaxVersions} versions of each.");
        }
        catch (TreeModelException error)
        {
            return Invalid.ToResult(error.Message);
        }
        finally
        {
            slot.Leave();
        }
    }

    /// <summary>
    /// <c>{rows: [{feature: number}]}</c>; a feature that is not there, or null, is unknown to the model. 200 with one list of values a row; 400; 404; 413.
    /// </summary>
    internal static async Task<IResult> PredictAsync(string id, HttpContext context, TreeModels models)
    {
        if (models.Find(id)?.Live is not { } served)
        {
            return Unknown.ToResult(Waiting(models.Find(id)));
        }

        var (body, refusal) = await ReadAsync(context, MaxQuestionBytes);
        if (body is null)
        {
            return refusal!;
        }

        return TryPredict(served.Model, body, out var predictions, out var fault)
            ? TypedResults.Ok(new { id, version = served.Version, predictions })
            : BadRequest.ToResult(fault);
    }

    private static bool TryPredict(TreeModel model, byte[] body, out List<double[]> predictions, out string fault)
    {
        predictions = [];
        fault = $"'rows' must list 1 to {MaxRows} objects of numbers.";
        try
        {
            var root = BodyJson.Parse(body);
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("rows", out var rows) || rows.ValueKind != JsonValueKind.Array || rows.GetArrayLength() is 0 or > MaxRows)
            {
                return false;
            }

            var places = model.FeatureNames.Index().ToDictionary(feature => feature.Item, feature => feature.Index, StringComparer.Ordinal);
            var features = new double[model.FeatureNames.Count];
            foreach (var row in rows.EnumerateArray())
            {
                if (!TryRead(row, places, features, out fault))
                {
                    return false;
                }

                var prediction = new double[model.Outputs];
                model.Predict(features, prediction);
                predictions.Add(prediction);
            }

            return true;
        }
        catch (JsonException error)
        {
            fault = error.Message;
            return false;
        }
    }

    private static bool TryRead(JsonElement row, Dictionary<string, int> places, double[] features, out string fault)
    {
        fault = "A row must be an object of numbers.";
        Array.Fill(features, double.NaN);
        if (row.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        foreach (var property in row.EnumerateObject())
        {
            if (!places.TryGetValue(property.Name, out var place))
            {
                fault = $"The model has no feature '{property.Name}'.";
                return false;
            }

            var value = double.NaN;
            if (property.Value.ValueKind != JsonValueKind.Null && (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetDouble(out value)))
            {
                fault = $"The feature '{property.Name}' must be a number or null.";
                return false;
            }

            features[place] = value;
        }

        return true;
    }

    private static async Task<(byte[]? Body, IResult? Refusal)> ReadAsync(HttpContext context, int maxBytes)
    {
        var body = new ArrayBufferWriter<byte>();
        return await RequestBody.ReadAsync(context.Request, body, maxBytes, context.RequestAborted) switch
        {
            BodyStatus.Read => (body.WrittenSpan.ToArray(), null),
            BodyStatus.TooLarge => (null, TooLarge.ToResult($"{maxBytes} bytes are allowed.")),
            _ => (null, BadRequest.ToResult("The body could not be read.")),
        };
    }

    private static string? Waiting(TreeVersions? tree) => tree is null ? null : $"No version of it serves. Its versions are at /v1/model-versions/{tree.Name}.";

    private static object Describe(ServedTreeModel served) => new
    {
        id = served.Id,
        version = served.Version,
        putAt = DateTimeOffset.FromUnixTimeMilliseconds(served.File.PutAtMs),
        format = served.Model.Format,
        features = served.Model.FeatureNames,
        outputs = served.Model.Outputs,
        trees = served.Model.Trees.Length,
        nodes = served.Model.Nodes.Length,
        bytes = served.File.Bytes,
        life = $"/v1/model-versions/{TreeVersions.NameOf(served.Id)}",
    };

    private static object Describe(string id, PutTreeModel put, int bytes) => new
    {
        id,
        version = put.Version,
        isLive = put.IsLive,
        format = put.Model.Format,
        features = put.Model.FeatureNames,
        outputs = put.Model.Outputs,
        trees = put.Model.Trees.Length,
        nodes = put.Model.Nodes.Length,
        bytes,
        check = put.Check,
        life = $"/v1/model-versions/{TreeVersions.NameOf(id)}",
    };
}
