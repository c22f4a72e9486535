"""The river: brown with silt, rippled, reflecting sky and hulls, glinting, foaming where hulls stand in it.

Reflection at grazing angles over rough water after Bruneton, Neyret and Holzschuch (2010): the mean
Fresnel term falls with the spread of slopes, which the mip levels of the wave texture keep.
"""

from models.synth.glsl.air import AIR, SHADE, VERSION

HULLS = 8

WATER_VERTEX = (
    VERSION
    + """
in vec2 in_corner;
uniform vec2 centre;
uniform mat4 view_projection;
out vec3 world;
void main() {
    world = vec3(in_corner * 9000.0 + centre, 0.0);
    gl_Position = view_projection * vec4(world, 1.0);
}
"""
)

WATER_FRAGMENT = (
    VERSION
    + AIR
    + SHADE
    + f"const int HULLS = {HULLS};"
    + """
in vec3 world;
uniform sampler2D waves;
uniform sampler2D mirror;
uniform vec2 picture_size;
uniform float at_s;
uniform float rough;
uniform vec2 current;
uniform int hull_count;
uniform vec4 hull_place[HULLS];
uniform vec4 hull_size[HULLS];
uniform vec4 splash;
uniform vec3 silt_colour;
out vec4 colour;

vec3 layer(vec2 at) { return texture(waves, at, -0.6).rgb; }

void main() {
    vec3 to_eye = eye - world;
    float distance_m = length(to_eye);
    vec3 v = to_eye / distance_m;
    vec2 drift = world.xy - current * at_s;
    vec3 a = layer(drift / 19.0 + vec2(0.021, 0.013) * at_s);
    vec3 b = layer(mat2(0.8, -0.6, 0.6, 0.8) * drift / 7.3 + vec2(-0.05, 0.033) * at_s);
    vec3 c = layer(mat2(0.28, 0.96, -0.96, 0.28) * drift / 61.0 + vec2(0.006, -0.009) * at_s);
    float gusts = texture(clouds, drift / 420.0).r;
    float strength = rough * (0.55 + 0.9 * gusts);
    vec2 slope = strength * (0.75 * a.xy + 0.65 * b.xy + 0.22 * c.xy);
    float spread = strength * strength * (0.56 * max(a.z - dot(a.xy, a.xy), 0.0) + 0.42 * max(b.z - dot(b.xy, b.xy), 0.0) + 0.05 * max(c.z - dot(c.xy, c.xy), 0.0)) + 0.0006;

    // Hulls: foam along the water line, a calm lee, wake of those under way.
    float foam = 0.0, lee = 0.0;
    float speckle = texture(waves, drift / 3.1 + 0.02 * at_s).b * 0.6 + texture(clouds, drift / 9.0).r;
    for (int i = 0; i < hull_count; i++) {
        vec2 away = world.xy - hull_place[i].xy;
        vec2 ahead = hull_place[i].zw;
        vec2 own = vec2(dot(away, ahead), dot(away, vec2(-ahead.y, ahead.x)));
        vec2 out_by = abs(own) - hull_size[i].xy;
        float gap = length(max(out_by, 0.0)) + min(max(out_by.x, out_by.y), 0.0);
        float speed = hull_size[i].z;
        foam += (0.22 + 0.35 * min(speed, 3.0)) * exp(-max(gap, 0.0) * (2.6 - 0.5 * min(speed, 3.0))) * smoothstep(0.25, 0.85, speckle);
        lee = max(lee, exp(-max(gap, 0.0) * 0.5));
        if (speed > 0.2) {
            float behind = -own.x - hull_size[i].x * 0.6;
            if (behind > 0.0) {
                float wide = hull_size[i].y * 0.8 + behind * 0.06;
                float core = exp(-own.y * own.y / (wide * wide)) * exp(-behind / (28.0 * speed));
                foam += 0.75 * core * smoothstep(0.2, 0.9, speckle);
                slope += core * 0.25 * (vec2(speckle, 1.0 - speckle) - 0.4);
            }
            float arm = abs(abs(own.y) - hull_size[i].y - 0.33 * (hull_size[i].x - own.x));
            if (own.x < hull_size[i].x) {
                float crest = exp(-arm * arm / 3.0) * exp(-(hull_size[i].x - own.x) / 70.0) * min(speed, 2.5);
                slope += ahead * crest * 0.13 * sin(arm * 2.2) + vec2(-ahead.y, ahead.x) * sign(own.y) * crest * 0.10;
                foam += 0.10 * crest * smoothstep(0.5, 1.0, speckle);
            }
        }
    }
    // Where the grab goes in or comes out: rings and a stain of stirred sand.
    float stain = 0.0;
    if (splash.w > 0.0) {
        vec2 away = world.xy - splash.xy;
        float r = length(away);
        float fade = splash.w * exp(-r / 4.0);
        slope += away / max(r, 0.1) * fade * 0.30 * sin(r * 3.2 - at_s * 5.0);
        foam += splash.w * 0.8 * exp(-r * r / 3.2) * smoothstep(0.3, 0.9, speckle);
        stain = splash.w * exp(-r * r / 40.0) * smoothstep(0.1, 0.7, speckle);
    }

    vec3 n = normalize(vec3(-slope * (1.0 - 0.35 * lee), 1.0));
    float cosine = max(dot(n, v), 0.02);
    float sigma = sqrt(spread);
    float fresnel = 0.02 + 0.98 * pow(1.0 - cosine, 5.0 * exp(-2.69 * sigma)) / (1.0 + 22.7 * pow(sigma, 1.5));
    vec3 bounced = reflect(-v, n);
    bounced.z = abs(bounced.z) + 0.6 * sigma;
    bounced = normalize(bounced);
    vec3 sky = clear_sky(bounced);
    vec2 cloud_at = bounced.xy / (bounced.z + 0.11) * 0.085 + cloud_drift;
    float cover = smoothstep(1.0 - cloud_share, 1.3 - cloud_share, textureLod(clouds, cloud_at, 2.5).r * 1.05);
    sky = mix(sky, mix(horizon_away, zenith, 0.35) * 0.75 + horizon_sunward * 0.2 + sun_light * 0.03, cover * 0.35);
    vec2 on_picture = gl_FragCoord.xy / picture_size;
    vec2 bend = vec2(dot(n.xy, vec2(-v.y, v.x)), dot(n.xy, v.xy)) * vec2(0.18, 0.42) * (18.0 / (18.0 + distance_m * 0.35));
    vec4 hulls = texture(mirror, on_picture + bend);
    vec3 silt = silt_colour * mix(vec3(1.0), vec3(1.16, 1.1, 1.0), stain);
    silt *= 0.92 + 0.22 * (texture(clouds, drift / 150.0).r - 0.5);
    float shadow = in_sun(world, 0.0012);
    vec3 sky_light = mix(horizon_away, zenith, 0.5) * 0.8 + horizon_sunward * 0.14;
    vec3 body = silt * (sky_light + sun_light * (0.25 + max(sun_ray.z, 0.0)) * mix(0.35, 1.0, shadow) * 0.55 + lamps_on(world, vec3(0.0, 0.0, 1.0), 0.0));

    vec3 h = normalize(v + sun_ray);
    float wide = max(spread + 0.0012, 0.002);
    vec2 tilt = h.xy / h.z - n.xy / n.z * 1.0;
    float glint = exp(-dot(tilt, tilt) / (2.0 * wide)) / (6.2832 * wide) / (4.0 * max(cosine, 0.12) * pow(h.z, 4.0));
    float flash = 0.02 + 0.98 * pow(1.0 - max(dot(v, h), 0.0), 5.0);

    vec3 reflected = sky;
    vec3 light = mix(body, reflected, fresnel);
    light += sun_light * min(glint * flash, 6.0) * shadow * (1.0 - hulls.a) * 0.8;
    for (int i = 0; i < lamp_count; i++) {
        vec3 l;
        vec3 shines = from_lamp(i, world, l);
        vec3 between = normalize(v + l);
        vec2 off = between.xy / between.z - n.xy / n.z;
        float streak = exp(-dot(off, off) / (2.0 * wide)) / (6.2832 * wide) / (4.0 * max(cosine, 0.12));
        light += shines * min(streak * (0.02 + 0.98 * pow(1.0 - clamp(dot(v, between), 0.0, 1.0), 5.0)), 8.0) * (1.0 - hulls.a);
    }
    foam = clamp(foam, 0.0, 0.85);
    light = mix(light, (sky_light + sun_light * max(sun_ray.z, 0.05) * shadow * 0.7 + lamps_on(world, vec3(0.0, 0.0, 1.0), 0.3)) * vec3(0.52, 0.46, 0.38), foam);
    light = through_air(light, -v, distance_m);
    vec3 shown = picture(light);
    colour = vec4(mix(shown, mix(picture(body), hulls.rgb, 0.75), hulls.a * fresnel * 0.92 * (1.0 - foam)), 1.0);
}
"""
)
