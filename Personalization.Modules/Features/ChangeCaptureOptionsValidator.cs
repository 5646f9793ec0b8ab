using FluentValidation;
using Microsoft.Extensions.Options;
using Personalization.Features.Domain.ChangeCapture;

namespace Personalization.Features;

/// <summary>The rules that attributes cannot say. Runs beside the attributes' own, so that all errors are seen at once.</summary>
internal sealed class ChangeCaptureOptionsValidator : AbstractValidator<ChangeCaptureOptions>, IValidateOptions<ChangeCaptureOptions>
{
    private const int MaxFields = 100;

    public ChangeCaptureOptionsValidator()
    {
        RuleFor(options => options.Source).NotEmpty().MaximumLength(128);
        RuleForEach(options => options.WebhookSecrets).Must(secret => WebhookSignature.KeyOf(secret) is not null)
            .WithMessage("A webhook secret is whsec_ and 24 to 64 bytes in base64.");
        RuleForEach(options => options.Tables).ChildRules(table =>
        {
            table.RuleFor(value => value.Table).NotEmpty().MaximumLength(CapturedPositions.MaxNameLength)
                .Must(name => !name.Split('.').Contains("")).WithMessage("A table's name has no empty part.");
            table.RuleFor(value => value.To).Must(to => TargetOf(to) is not null).WithMessage("To must be Catalog, Stock or Traits.");
            table.RuleFor(value => value.Key).NotEmpty().WithMessage("Key is needed: the column of the item's id, or of the user id.");
            table.RuleFor(value => value.Fields).Must(fields => fields.Count is > 0 and <= MaxFields)
                .WithMessage($"Fields must name 1 to {MaxFields} fields and the columns that fill them.");
            table.RuleForEach(value => value.Fields).Must((value, field) => TargetOf(value.To) is not { } target || TableMapping.IsField(target, field.Key))
                .WithMessage((value, field) => $"{value.To} has no field '{field.Key}'.");
            table.RuleForEach(value => value.Fields).Must(field => !string.IsNullOrEmpty(field.Value))
                .WithMessage((_, field) => $"The field '{field.Key}' names no column.");
            table.RuleFor(value => value.Fields)
                .Must(fields => !fields.ContainsKey("attributes") || !fields.Keys.Any(TableMapping.IsAttribute))
                .WithMessage("Fields must name attributes as a whole or one by one, not both.");
        });
    }

    public ValidateOptionsResult Validate(string? name, ChangeCaptureOptions options)
    {
        var result = Validate(options);
        return result.IsValid
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(result.Errors.Select(error => $"Personalization:Features:ChangeCapture:{error.PropertyName}: {error.ErrorMessage}"));
    }

    private static CaptureTarget? TargetOf(string to) => TableMapping.TargetOf(to);
}
